//! `api-market.demo.localhost`: what the market's page asks for, as JSON, by bearer token, from another origin.

use std::{sync::Arc, time::Duration};

use poem::{
    Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response, Route, get, handler,
    http::{HeaderValue, Method, StatusCode, header},
    post,
    web::{Data, Json, Path},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    page::bearer,
    products::{self, PAGE},
    sign_in::Standing,
    site::{Site, Who},
};

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/v1/me", get(me))
        .at("/v1/market/search", post(search))
        .at("/v1/market/products/:ucode", get(product))
        .around(guarded)
}

/// CORS, the difficulties, the token: the same for each address.
async fn guarded<E: Endpoint>(endpoint: Arc<E>, request: Request) -> poem::Result<Response> {
    let site = Arc::clone(request.extensions().get::<Arc<Site>>().expect("every request carries the site"));
    if request.method() == Method::OPTIONS {
        return Ok(allow(&site, StatusCode::NO_CONTENT.into_response()));
    }
    let modes = site.modes();
    if modes.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(modes.slow_ms)).await;
    }
    if modes.blocked {
        let answer = error(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests, come back later");
        return Ok(allow(&site, answer.with_header(header::RETRY_AFTER, modes.retry_after).into_response()));
    }
    let standing = bearer(request.headers()).map(|token| site.changing().sign_ins.token_standing(token));
    let refused = match standing {
        Some(Standing::Good) => return Ok(allow(&site, endpoint.get_response(request).await)),
        Some(Standing::Expired) => "Expired JWT",
        Some(Standing::Unknown) => "Revoked JWT",
        None => "Full authentication is required to access this resource",
    };
    Ok(allow(&site, error(StatusCode::UNAUTHORIZED, "invalid_token", refused)))
}

fn allow(site: &Site, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    if let Ok(origin) = HeaderValue::from_str(&site.app()) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
        (header::VARY, "Origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn error(status: StatusCode, error: &str, description: &str) -> Response {
    Json(json!({ "error": error, "error_description": description })).with_status(status).into_response()
}

/// Whose token it is: the guard has let it pass.
fn asking(site: &Site, request: &Request) -> Who {
    bearer(request.headers()).and_then(|token| site.changing().sign_ins.owner_of(token)).unwrap_or_default()
}

#[handler]
fn me(Data(site): Data<&Arc<Site>>, request: &Request) -> Json<Value> {
    let account = site.account(asking(site, request));
    Json(json!({ "id": account.id, "name": account.name, "email": account.email, "locale": "PT_BR" }))
}

/// What the page asks for; what it does not know is let pass, as such services do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    page: usize,
    rows: usize,
    query: String,
}

impl Default for Search {
    fn default() -> Self {
        Self { page: 1, rows: PAGE, query: String::new() }
    }
}

#[handler]
async fn search(Data(site): Data<&Arc<Site>>, request: &Request, body: poem::Body) -> Response {
    let Ok(wish) = body.into_json::<Search>().await else {
        return error(StatusCode::BAD_REQUEST, "invalid_request", "The body must be JSON: {\"page\":1,\"rows\":20}");
    };
    if wish.page == 0 || !(1..=PAGE).contains(&wish.rows) {
        return error(StatusCode::BAD_REQUEST, "invalid_request", "page begins at 1, rows is from 1 to 20");
    }
    let found = products::search(&wish.query, asking(site, request).sees_only());
    let pages = found.len().div_ceil(wish.rows);
    let content: Vec<_> = found.iter().skip((wish.page - 1).saturating_mul(wish.rows)).take(wish.rows).collect();
    Json(json!({
        "content": content,
        "page": wish.page,
        "rows": wish.rows,
        "totalElements": found.len(),
        "totalPages": pages,
        "last": wish.page >= pages,
    }))
    .into_response()
}

#[handler]
fn product(Path(ucode): Path<String>) -> Response {
    match products::by_ucode(&ucode) {
        Some(row) => Json(row).into_response(),
        None => error(StatusCode::NOT_FOUND, "not_found", "No product has this code"),
    }
}
