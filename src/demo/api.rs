//! `api-market.demo.localhost`: what the market's page asks for, as JSON, by bearer token, from another origin.

use std::{sync::Arc, time::Duration};

use poem::{
    Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response, Route, get, handler,
    http::{HeaderValue, Method, StatusCode, header},
    post,
    web::{Data, Json, Path, Query},
};
use serde_json::{Value, json};

use super::{
    accounts::Who,
    listing::{Part, Wish, flat},
    modes::{JsonShape, LoggedOut},
    page::bearer,
    proof::{PROOF_HEADER, is_proven},
    sign_in::Standing,
    site::Site,
};

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/v1/me", get(me))
        .at("/:version/market/search", post(search))
        .at("/:version/market/products", get(products))
        .at("/:version/market/products/:ucode", get(product))
        .around(guarded)
}

/// The address that the page asks for that shape.
pub(super) fn search_path(shape: JsonShape) -> &'static str {
    match shape {
        JsonShape::V1 => "/v1/market/search",
        JsonShape::V2 => "/v2/market/search",
        JsonShape::Unknown => "/v3/market/search",
    }
}

fn shape(version: &str) -> Option<JsonShape> {
    match version {
        "v1" => Some(JsonShape::V1),
        "v2" => Some(JsonShape::V2),
        "v3" => Some(JsonShape::Unknown),
        _ => None,
    }
}

/// Whose token it is. `None`: it is no good, and the site does not say so; there is nothing for them.
fn asking(request: &Request) -> Option<Who> {
    request.extensions().get::<Who>().copied()
}

/// CORS, the difficulties, the token: the same for each address.
async fn guarded<E: Endpoint>(endpoint: Arc<E>, mut request: Request) -> poem::Result<Response> {
    let site = Arc::clone(request.extensions().get::<Arc<Site>>().expect("every request carries the site"));
    if request.method() == Method::OPTIONS {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let modes = site.modes();
    if modes.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(modes.slow_ms)).await;
    }
    if !is_proven(&site, request.headers()) {
        return Ok(error(StatusCode::FORBIDDEN, "missing_proof", "This request did not come from the page"));
    }
    let standing = bearer(request.headers()).map(|token| site.token_standing(token));
    if let Some(Standing::Good(who)) = standing {
        request.extensions_mut().insert(who);
        return Ok(endpoint.get_response(request).await);
    }
    if let Some(answer) = modes.dead_list.answer(&site, request.uri().path()) {
        return Ok(answer);
    }
    let refused = match standing {
        _ if modes.logged_out == LoggedOut::Empty200 => return Ok(endpoint.get_response(request).await),
        _ if modes.logged_out == LoggedOut::Json401 => "Expired JWT",
        Some(Standing::Expired) => "Expired JWT",
        Some(Standing::Unknown) => "Revoked JWT",
        _ => "Full authentication is required to access this resource",
    };
    Ok(error(StatusCode::UNAUTHORIZED, "invalid_token", refused))
}

/// The answer, readable for the pages of the application alone.
pub(super) fn allow(origin: &str, needs_proof: bool, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    if let Ok(origin) = HeaderValue::from_str(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    let mut allowed = "authorization, content-type".to_owned();
    if needs_proof {
        allowed.extend([", ", PROOF_HEADER]);
    }
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
        (header::VARY, "Origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

pub(super) fn error(status: StatusCode, error: &str, description: &str) -> Response {
    Json(json!({ "error": error, "error_description": description })).with_status(status).into_response()
}

/// A part of the catalogue, or what is wrong with the wish.
pub(super) fn list(site: &Site, wish: &Wish, shape: JsonShape, who: Option<Who>) -> Response {
    match Part::of(site, wish, who) {
        Ok(part) => Json(part.json(shape, site.modes().list_name)).into_response(),
        Err(why) => error(StatusCode::BAD_REQUEST, "invalid_request", why),
    }
}

fn not_found(what: &str) -> Response {
    error(StatusCode::NOT_FOUND, "not_found", what)
}

#[handler]
fn me(Data(site): Data<&Arc<Site>>, request: &Request) -> Json<Value> {
    let Some(who) = asking(request) else { return Json(json!({})) };
    let account = site.account(who);
    Json(json!({ "id": account.id, "name": account.name, "email": account.email, "locale": "PT_BR" }))
}

#[handler]
async fn search(
    Data(site): Data<&Arc<Site>>,
    request: &Request,
    Path(version): Path<String>,
    body: poem::Body,
) -> Response {
    let Some(shape) = shape(&version) else { return not_found("There is no such version") };
    match body.into_json::<Wish>().await {
        Ok(wish) => list(site, &wish, shape, asking(request)),
        Err(_) => error(StatusCode::BAD_REQUEST, "invalid_request", "The body must be JSON: {\"page\":1,\"rows\":20}"),
    }
}

#[handler]
fn products(
    Data(site): Data<&Arc<Site>>,
    request: &Request,
    Path(version): Path<String>,
    Query(wish): Query<Wish>,
) -> Response {
    let Some(shape) = shape(&version) else { return not_found("There is no such version") };
    list(site, &wish, shape, asking(request))
}

#[handler]
fn product(
    Data(site): Data<&Arc<Site>>,
    request: &Request,
    Path((version, ucode)): Path<(String, String)>,
) -> Response {
    let Some(shape) = shape(&version) else { return not_found("There is no such version") };
    let catalogue = asking(request).map_or_else(|| site.guests_catalogue(), |who| site.catalogue(who));
    match catalogue.by_ucode(&ucode) {
        Some(row) if shape == JsonShape::V1 => Json(row).into_response(),
        Some(row) => Json(flat(row)).into_response(),
        None => not_found("No product has this code"),
    }
}
