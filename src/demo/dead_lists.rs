//! What lists answer somebody who is not signed in, at sites that do not lead to their login there; and sites that answer so to
//! somebody who is.

use poem::{IntoResponse, Response, http::StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    page::{html, redirect},
    site::Site,
};

const PAGE: &str = include_str!("pages/dead_list.html");

/// A way in which a list is dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum DeadList {
    /// As `loggedOut` says.
    #[default]
    No,
    #[serde(rename = "401")]
    Status401,
    #[serde(rename = "403")]
    Status403,
    #[serde(rename = "404")]
    Status404,
    #[serde(rename = "419")]
    Status419,
    #[serde(rename = "440")]
    Status440,
    #[serde(rename = "500")]
    Status500,
    /// 200 and `{"error": …}`.
    Error,
    /// 200 and `null`.
    Null,
    /// 200 and what GraphQL says: no data, and errors.
    GraphqlErrors,
    /// 200 and a page that says nothing, for JSON too.
    Html,
    /// 200 and the beginning of a list.
    Truncated,
    /// A redirect to a site that has nothing to do with it.
    OtherHost,
}

impl DeadList {
    /// The answer at an address, where there is a list.
    pub fn answer(self, site: &Site, path: &str) -> Option<Response> {
        let is_json = path.starts_with("/v") || path == "/data/products";
        let is_list = is_json && !path.ends_with("/me")
            || ["/market/list", "/market/search", "/market/offset", "/market/more", "/market/scroll"].contains(&path);
        let says = |status: u16, json: &str| {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            if is_json { as_json(status, json) } else { html(status, PAGE, &[("status", status.as_str())]) }
        };
        is_list.then_some(())?;
        Some(match self {
            Self::No => return None,
            Self::Status401 => says(401, r#"{"message":"Unauthorized"}"#),
            Self::Status403 => says(403, r#"{"message":"Forbidden"}"#),
            Self::Status404 => says(404, r#"{"message":"Not Found"}"#),
            Self::Status419 => says(419, r#"{"message":"CSRF token mismatch."}"#),
            Self::Status440 => says(440, r#"{"message":"Login Time-out"}"#),
            Self::Status500 => says(500, r#"{"message":"Internal Server Error"}"#),
            Self::Error => says(200, r#"{"error":"unauthorized"}"#),
            Self::Null => says(200, "null"),
            Self::GraphqlErrors => says(200, r#"{"data":null,"errors":[{"message":"Not authenticated"}]}"#),
            Self::Html => html(StatusCode::OK, PAGE, &[("status", "200")]),
            Self::Truncated => says(200, r#"{"content":[{"product":{"ucode":"0"#),
            Self::OtherHost => redirect(&site.idp()),
        })
    }
}

fn as_json(status: StatusCode, json: &str) -> Response {
    json.to_owned().with_content_type("application/json").with_status(status).into_response()
}
