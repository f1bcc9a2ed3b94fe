//! RFC 9457: the one form of every error, of ours and of the framework's. `docs/errors.md` has a section for each kind.

use poem::{Error, IntoResponse, Response, http::StatusCode, http::header};
use poem_openapi::{
    ApiResponse, Object,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::{Example, ToJSON, Type},
};

use super::views::{CheckEvidence, SessionState};
use crate::{
    domain::{ConnectionId, Run, RunId},
    providers::ParamError,
};

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $status:literal, $name:literal, $title:literal;)*) => {
        /// The kinds of problems. Their names are stable; `docs/errors.md` explains each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $variant),* }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The last part of its `type`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The same for every problem of the kind.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// The status it is answered with.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }
        }
    };
}

kinds! {
    /// Not HTTP as we understand it, no JSON, a parameter out of range.
    BadRequest = 400, "bad-request", "The request is malformed";
    /// No key, or not one of ours.
    Unauthorized = 401, "unauthorized", "An access key is needed";
    /// A connect token or a link that opened something once.
    TokenExpired = 401, "token-expired", "This connect token or link is over";
    /// Without keys only a loopback `Host` is answered.
    HostNotAllowed = 403, "host-not-allowed", "This host name is not answered";
    /// A page of another origin tried to change something.
    OriginNotAllowed = 403, "origin-not-allowed", "Pages of this origin are not allowed";
    /// A connect token or a link for something else.
    TokenNotForThis = 403, "token-not-for-this", "This connect token or link is for something else";
    /// No such route, or no such thing of this user.
    NotFound = 404, "not-found", "There is no such thing";
    /// No definition has that id.
    UnknownProvider = 404, "unknown-provider", "There is no such provider";
    /// The route has other methods.
    MethodNotAllowed = 405, "method-not-allowed", "This method is not allowed here";
    /// The body did not arrive in time.
    RequestTimeout = 408, "request-timeout", "The request took too long to arrive";
    /// It moved meanwhile.
    Conflict = 409, "conflict", "That is not possible now";
    /// The person's time was prolonged before.
    AlreadyExtended = 409, "already-extended", "The time was extended already";
    /// The login has ended.
    LoginOver = 409, "login-over", "The login is over";
    /// Nobody ever connected.
    NeverConnected = 409, "never-connected", "Nobody has connected yet";
    /// The site ended the session.
    NeedsReconnect = 409, "needs-reconnect", "Somebody must log in again";
    /// The run was stopped while it was waited for.
    RunCancelled = 409, "run-cancelled", "The run was stopped";
    /// It read the whole list, is still under way, or is of something else.
    RunNotContinuable = 409, "run-not-continuable", "That run cannot be continued";
    /// More than 64 KiB.
    BodyTooLarge = 413, "body-too-large", "The body is too large";
    /// Not `application/json`.
    UnsupportedMediaType = 415, "unsupported-media-type", "The body must be JSON";
    /// JSON, but not of the form asked for.
    InvalidBody = 422, "invalid-body", "The body is not of the form asked for";
    /// The provider offers no such stream.
    UnknownStream = 422, "unknown-stream", "There is no such stream";
    /// What the definition asks for is missing, or will not do.
    InvalidParams = 422, "invalid-params", "The provider asks for something else";
    /// As many logins as this server takes are under way.
    TooManyLogins = 429, "too-many-logins", "Too many logins are under way";
    /// Our fault.
    Internal = 500, "internal", "Something went wrong on our side";
    /// The site refused us.
    SiteBlocked = 502, "site-blocked", "The site refused the visit";
    /// The site's pages changed shape.
    SiteChanged = 502, "site-changed", "The site's pages have changed";
    /// The run failed.
    RunFailed = 502, "run-failed", "The run failed";
    /// The database or the browser is gone for the moment.
    Unavailable = 503, "unavailable", "Not available at the moment";
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FieldError {
    /// Where, as a JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// What is wrong there, and what is wanted.
    pub detail: String,
    /// Of a `param`: `missing`, `invalid`, `unknown`, or `unusable`.
    pub code: Option<String>,
}

/// What went wrong (RFC 9457). `type` tells the kinds apart: each is explained in `docs/errors.md`.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "Problem", rename_all = "camelCase", example, skip_serializing_if_is_none)]
pub struct ProblemDetails {
    /// The kind of problem: `urn:staylogged:problem:` and a stable name.
    #[oai(rename = "type")]
    pub kind: String,
    /// The same for every problem of the kind.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// What happened this time, and what to do about it.
    pub detail: Option<String>,
    /// Somebody must log in (again) before this can work.
    pub needs_reconnect: Option<bool>,
    /// The same request may work later.
    pub retryable: Option<bool>,
    /// What is wrong with the body.
    pub errors: Option<Vec<FieldError>>,
    /// The run that this is about.
    pub run_id: Option<RunId>,
    /// The connection that this is about.
    pub connection_id: Option<ConnectionId>,
    /// What the provider's probe said of the session before the run ended badly.
    pub session: Option<SessionState>,
    /// The probe's rules, and what was seen of each.
    pub evidence: Option<Vec<CheckEvidence>>,
    /// The names that would have been known.
    pub known: Option<Vec<String>>,
}

impl Example for ProblemDetails {
    fn example() -> Self {
        let mut problem = Problem::new(
            Kind::NeedsReconnect,
            "the site asked for a login again; connect again, then the scrape works as before",
        );
        problem.details.needs_reconnect = Some(true);
        problem.details.connection_id = ConnectionId::parse("con_018f3a5c7b1e7d32a4c95b6d7e8f9a0b").ok();
        *problem.details
    }
}

/// An error on its way out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {}", details.kind, details.detail.as_deref().unwrap_or(&details.title))]
pub struct Problem {
    /// What is told.
    pub details: Box<ProblemDetails>,
    retry_after: Option<u64>,
    allow: Option<String>,
}

impl Problem {
    /// A problem of that kind; `detail` says what happened and what to do.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let details = ProblemDetails {
            kind: format!("urn:staylogged:problem:{}", kind.name()),
            title: kind.title().into(),
            status: kind.status(),
            detail: Some(detail.into()),
            needs_reconnect: None,
            retryable: None,
            errors: None,
            run_id: None,
            connection_id: None,
            session: None,
            evidence: None,
            known: None,
        };
        Self { details: Box::new(details), retry_after: None, allow: None }
    }

    /// Nothing of that kind with that id belongs to this user.
    #[must_use]
    pub fn no(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, format!("there is no {what} {id}"))
    }

    /// The same request may work later.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.details.retryable = Some(true);
        self
    }

    /// The same request may work after that many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self.retryable()
    }

    /// Somebody must log in first.
    #[must_use]
    pub fn needs_reconnect(mut self) -> Self {
        self.details.needs_reconnect = Some(true);
        self
    }

    /// Names what would have been known.
    #[must_use]
    pub fn known(mut self, known: Vec<String>) -> Self {
        self.details.known = Some(known);
        self
    }

    /// Points at what is wrong with the body.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let error = FieldError { pointer: pointer.into(), detail: detail.into(), code: None };
        self.details.errors.get_or_insert_default().push(error);
        self
    }

    /// Points at each of the params that will not do; `prefix` is where they stand in the body.
    #[must_use]
    pub fn params(prefix: &str, wrong: &[ParamError]) -> Self {
        let said: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let errors = wrong.iter().map(|error| FieldError {
            pointer: error.name().map_or(prefix.into(), |name| format!("{prefix}/{}", escaped(name))),
            detail: error.to_string(),
            code: Some(error.code().into()),
        });
        let mut problem = Self::new(Kind::InvalidParams, said.join("; "));
        problem.details.errors = Some(errors.collect());
        problem
    }

    /// Says which run it is about, and what was seen of the session then.
    #[must_use]
    pub fn of_run(mut self, run: &Run) -> Self {
        self.details.run_id = Some(run.id.clone());
        self.details.session = run.session.map(Into::into);
        let evidence = run.session.map(|_| run.evidence.iter().cloned().map(Into::into).collect());
        self.details.evidence = evidence;
        self
    }

    /// Says which connection it is about.
    #[must_use]
    pub fn of_connection(mut self, connection: &ConnectionId) -> Self {
        self.details.connection_id = Some(connection.clone());
        self
    }

    /// Says which methods there are.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.allow = Some(methods);
        self
    }
}

/// A name as a part of a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            Response::builder().status(status).content_type(PROBLEM_JSON).header(header::CACHE_CONTROL, "no-store");
        if status == StatusCode::UNAUTHORIZED {
            response = response.header(header::WWW_AUTHENTICATE, "Bearer realm=\"staylogged\"");
        }
        if let Some(seconds) = self.retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        if let Some(methods) = self.allow {
            response = response.header(header::ALLOW, methods);
        }
        response.body(self.details.to_json_string())
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Error::from_response(problem.into_response())
    }
}

/// Every status that a problem can have, and when. Which of them an operation can answer is pruned in `openapi`.
const STATUSES: &[(u16, &str)] = &[
    (400, "The request is malformed: no JSON, or a parameter out of range."),
    (401, "No access key, connect token or link, or not one that is good."),
    (
        403,
        "Refused: a connect token or a link for something else; and without access keys only a loopback `Host` is answered, and pages of other origins are not.",
    ),
    (404, "There is no such thing, or it belongs to another user."),
    (408, "The body did not arrive within ten seconds."),
    (409, "Not in this state. `type` and `detail` say why; `needsReconnect` whether somebody must log in."),
    (413, "The body is larger than 64 KiB."),
    (415, "The body is not `application/json`."),
    (422, "The body is JSON, but not of the form asked for: see `errors`."),
    (429, "As many logins as this server takes are under way."),
    (500, "Something went wrong on our side."),
    (502, "The site could not be read. `retryable` says whether the same request may work later."),
    (503, "The database or the browser is not available at the moment."),
];

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        let header = |name: &str, description: &str, ty| MetaHeader {
            name: name.into(),
            description: Some(description.into()),
            required: true,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new(ty))),
        };
        let responses = STATUSES
            .iter()
            .map(|(status, description)| MetaResponse {
                description,
                status: Some(*status),
                status_range: None,
                content: vec![MetaMediaType { content_type: PROBLEM_JSON, schema: ProblemDetails::schema_ref() }],
                headers: match status {
                    401 => vec![header("WWW-Authenticate", "`Bearer`", "string")],
                    429 => vec![header("Retry-After", "Seconds to wait", "integer")],
                    _ => vec![],
                },
            })
            .collect();
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        ProblemDetails::register(registry);
    }
}
