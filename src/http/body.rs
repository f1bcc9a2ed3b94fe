//! A JSON request body: bounded, in time, without unknown fields, and its faults named with a JSON pointer.

use std::time::Duration;

use bytes::Bytes;
use poem::{Request, RequestBody, error::ReadBodyError};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::problem::{Kind, Problem, escaped};

/// No request of ours needs more.
const LARGEST: usize = 64 * 1024;
/// A body that trickles in holds a connection: no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that may be left out.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A body that must be sent.
#[derive(Debug)]
pub struct Needed<T>(pub T);

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Needed<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(described::<T>(true))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        // Nothing says as little as an empty object, and is told what it lacks.
        let bytes = read(request, body).await?.unwrap_or_else(|| Bytes::from_static(b"{}"));
        Ok(parse(&bytes).map(Self)?)
    }
}

impl<'a, T: Type + DeserializeOwned + Default> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(described::<T>(false))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        match read(request, body).await? {
            Some(bytes) => Ok(parse(&bytes).map(Self)?),
            None => Ok(Self(T::default())),
        }
    }
}

fn described<T: Type>(required: bool) -> MetaRequest {
    let content = vec![MetaMediaType { content_type: "application/json", schema: T::schema_ref() }];
    MetaRequest { description: None, content, required }
}

/// The whole body, if there is any.
async fn read(request: &Request, body: &mut RequestBody) -> poem::Result<Option<Bytes>> {
    let reading = body.take()?.into_bytes_limit(LARGEST);
    let bytes = tokio::time::timeout(PATIENCE, reading)
        .await
        .map_err(|_| Problem::new(Kind::RequestTimeout, "the body did not arrive within ten seconds").retryable())?
        .map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => {
                Problem::new(Kind::BodyTooLarge, "a body may have up to 65,536 bytes here")
            }
            _ => Problem::new(Kind::BadRequest, "the body could not be read to its end"),
        })?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let is_json = request
        .content_type()
        .is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        let detail = "send the body with the header `Content-Type: application/json`, or none at all";
        return Err(Problem::new(Kind::UnsupportedMediaType, detail).into());
    }
    Ok(Some(bytes))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde takes an array for a struct, in the order of the fields; we do not.
    if bytes.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| refusal(&error, ""))?;
        return Err(
            Problem::new(Kind::InvalidBody, "the body must be an object").at("", "an array; an object is wanted")
        );
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path(), &error.inner().to_string());
        refusal(error.inner(), &pointer)
    })?;
    json.end().map_err(|error| refusal(&error, ""))?;
    Ok(value)
}

fn refusal(error: &serde_json::Error, pointer: &str) -> Problem {
    match error.classify() {
        // The position says nothing more than the pointer does.
        Category::Data => {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            let place = if pointer.is_empty() { "the body" } else { pointer };
            Problem::new(Kind::InvalidBody, format!("{place}: {said}")).at(pointer, said)
        }
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::new(Kind::BadRequest, format!("the body is not JSON: {error}"))
        }
    }
}

/// RFC 6901. An unknown field is named by the message only: the path ends at the object that holds it.
fn pointer(path: &serde_path_to_error::Path, message: &str) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    let mut push = |name: &str| {
        pointer.push('/');
        pointer.push_str(&escaped(name));
    };
    let mut last = None;
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&index.to_string()),
            Segment::Map { key } => {
                push(key);
                last = Some(key.as_str());
            }
            Segment::Enum { variant } => push(variant),
            Segment::Unknown => {}
        }
    }
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected")).map(|r| r.0);
    if let Some(field) = unknown.filter(|field| last != Some(field)) {
        push(field);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::http::views::ConnectRequest;

    #[test]
    fn faults_are_pointed_at() {
        for (body, kind, pointer) in [
            (r#"{"acount":"main"}"#, "invalid-body", Some("/acount")),
            (r#"{"account":7}"#, "invalid-body", Some("/account")),
            (r#"{"account":"no spaces"}"#, "invalid-body", Some("/account")),
            (r#"{"autoFinish":"yes"}"#, "invalid-body", Some("/autoFinish")),
            (r"[]", "invalid-body", Some("")),
            (r#"{"a/b":1}"#, "invalid-body", Some("/a~1b")),
            (r#"{"account":"main""#, "bad-request", None),
            (r#"{"account":"main"} {}"#, "bad-request", None),
        ] {
            let problem = parse::<ConnectRequest>(body.as_bytes()).unwrap_err().details;
            assert_eq!(problem.kind, format!("urn:staylogged:problem:{kind}"), "{body}");
            let found = problem.errors.map(|errors| errors[0].pointer.clone());
            assert_eq!(found.as_deref(), pointer, "{body}");
        }
    }
}
