//! What every request passes through on its way in, and every answer on its way out.

use std::{any::Any, sync::Arc, time::Instant};

use poem::{
    Endpoint, Error, IntoResponse, Request, Response,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::PanicHandler,
};
use poem_openapi::error::{ParseParamError, ParsePathError};
use serde_json::Value;

use super::{
    auth,
    openapi::{self, DocumentedPath},
    problem::{Kind, Problem},
    shared::Shared,
};

/// The documented paths: for `Allow`, as names for metrics (an address itself holds ids), and for who may call what.
#[derive(Debug)]
pub struct Routes(Vec<DocumentedPath>);

impl Routes {
    /// Those of the document.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        Self(openapi::paths(document))
    }

    /// The path's template; the one that says more of it, earlier, wins, as it does where requests are routed.
    fn find(&self, path: &str) -> Option<&DocumentedPath> {
        let fits = |template: &str| {
            template.split('/').count() == path.split('/').count()
                && template
                    .split('/')
                    .zip(path.split('/'))
                    .all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
        };
        let parameters =
            |path: &&DocumentedPath| path.template.split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>();
        self.0.iter().filter(|path| fits(&path.template)).min_by_key(parameters)
    }

    /// The `operationId` of what is asked for. A HEAD is a GET.
    fn operation(&self, method: &Method, path: &str) -> Option<&str> {
        let method = if *method == Method::HEAD { Method::GET.as_str() } else { method.as_str() };
        let operations = self.find(path)?.operations.iter();
        operations.clone().find(|(known, _)| known == method).map(|(_, id)| id.as_str())
    }
}

/// Lets a request pass or refuses it, turns every error into a problem, and puts on what every answer wears.
pub async fn pass<E: Endpoint<Output = Response>>(
    shared: Arc<Shared>,
    routes: Arc<Routes>,
    inner: Arc<E>,
    mut request: Request,
) -> poem::Result<Response> {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.original_uri().path().to_owned();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let standing = shared.origins.judge(request.headers());
    let answered = match shared.origins.preflight(&request) {
        Some(answer) => answer.map_err(Error::from),
        None => match auth::admit(&shared, &mut request, standing, routes.operation(&method, &path)).await {
            Ok(()) => inner.call(request).await,
            Err(refused) => Err(refused.into()),
        },
    };
    let mut response = answered.unwrap_or_else(|error| last_word(error, &routes, &method, &path));
    shared.origins.mark(origin.as_ref(), standing, &mut response);
    protect(response.headers_mut());
    count(&routes, &method, &path, &response, began);
    Ok(response)
}

/// What is a problem already stays one; what the framework made becomes one.
fn last_word(error: Error, routes: &Routes, method: &Method, path: &str) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let said = error.to_string();
    let problem = if error.is::<NotFoundError>() {
        Problem::new(Kind::NotFound, format!("there is nothing at {path}; the API is described at /docs"))
    } else if error.is::<MethodNotAllowedError>() {
        let mut allowed = routes.find(path).map_or_else(|| vec!["GET".to_owned()], DocumentedPath::methods);
        if allowed.iter().any(|method| method == "GET") {
            allowed.push("HEAD".into());
        }
        let allowed = allowed.join(", ");
        Problem::new(Kind::MethodNotAllowed, format!("{path} takes {allowed}, not {method}")).allow(allowed)
    } else if let Some(error) = error.downcast_ref::<ParsePathError>() {
        // An id that cannot be one is nobody's.
        Problem::new(Kind::NotFound, format!("there is nothing with this id: {}", error.reason))
    } else if let Some(error) = error.downcast_ref::<ParseParamError>() {
        Problem::new(Kind::BadRequest, format!("the parameter {}: {}", error.name, error.reason))
    } else {
        match error.status().as_u16() {
            404 => Problem::new(Kind::NotFound, said),
            413 => Problem::new(Kind::BodyTooLarge, said),
            415 => Problem::new(Kind::UnsupportedMediaType, said),
            400..=499 => Problem::new(Kind::BadRequest, said),
            _ => {
                tracing::error!(error = %said, "a request failed");
                Problem::new(Kind::Internal, "the log says why")
            }
        }
    };
    problem.into_response()
}

/// A panic is our fault, and ends one request only.
#[derive(Debug, Clone)]
pub struct Panicked;

impl PanicHandler for Panicked {
    type Response = Response;

    fn get_response(&self, _: Box<dyn Any + Send + 'static>) -> Response {
        // The panic hook has told the log what and where.
        Problem::new(Kind::Internal, "the log says why").into_response()
    }
}

pub(super) fn protect(headers: &mut HeaderMap) {
    const ALWAYS: [(HeaderName, &str); 2] =
        [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // The one script that other sites load brings its own.
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.entry(policy).or_insert(HeaderValue::from_static("same-origin"));
    // Pages bring their own; no other answer is to be shown as one.
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// By template and status; the address itself, which holds ids and a query, is not kept.
fn count(routes: &Routes, method: &Method, path: &str, response: &Response, began: Instant) {
    let route = routes.find(path).map_or("other", |path| path.template.as_str()).to_owned();
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"].into_iter().find(|known| *known == method.as_str());
    let method = known.unwrap_or("other");
    let status = response.status().as_u16();
    tracing::debug!(method, route, status, ms = began.elapsed().as_millis(), "answered");
    metrics::counter!("staylogged_http_requests_total", "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_by_its_template() {
        let template = |text: &str| DocumentedPath { template: text.to_owned(), operations: vec![] };
        let routes = Routes(vec![
            template("/api/scraper/{provider}/scrape"),
            template("/api/scraper/runs/{id}"),
            template("/api/scraper/runs"),
            template("/api/scraper/runs/scrape"),
        ]);
        let find = |path| routes.find(path).map(|path| path.template.as_str());
        assert_eq!(find("/api/scraper/hotmart/scrape"), Some("/api/scraper/{provider}/scrape"));
        assert_eq!(find("/api/scraper/runs/run_1"), Some("/api/scraper/runs/{id}"));
        assert_eq!(find("/api/scraper/runs/scrape"), Some("/api/scraper/runs/scrape"));
        assert_eq!(find("/api/scraper/runs/"), None);
        assert_eq!(find("/api/scraper"), None);
    }
}
