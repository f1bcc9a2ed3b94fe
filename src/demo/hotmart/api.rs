//! `api-affiliation-market.hotmart.com`: the marketplace's JSON, by bearer token.

use std::{sync::Arc, time::Duration};

use poem::{
    IntoEndpoint, IntoResponse, Request, Response, Route, handler,
    http::StatusCode,
    post,
    web::{Data, Json},
};
use serde_json::{Value, json};

use crate::demo::{
    api::error,
    listing::{Part, Wish},
    modes::{JsonShape, LoggedOut},
    page::bearer,
    products::Row,
    sign_in::Standing,
    site::Site,
};

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/v2/market/search", post(search).options(preflight))
        .at("/v3/market/search", post(search).options(preflight))
}

#[handler]
fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[handler]
async fn search(Data(site): Data<&Arc<Site>>, request: &Request, body: poem::Body) -> Response {
    let modes = site.modes();
    if modes.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(modes.slow_ms)).await;
    }
    let is_known = bearer(request.headers()).is_some_and(|token| site.token_standing(token) == Standing::Good);
    if !is_known && modes.logged_out != LoggedOut::Empty200 {
        return error(StatusCode::UNAUTHORIZED, "invalid_token", "Expired JWT");
    }
    let Ok(wish) = body.into_json::<Wish>().await else {
        return error(StatusCode::BAD_REQUEST, "invalid_request", "The body must be JSON");
    };
    match Part::of(site, &wish, !is_known) {
        Err(why) => error(StatusCode::BAD_REQUEST, "invalid_request", why),
        Ok(part) => {
            let rows: Vec<Value> = part.rows.iter().map(product).collect();
            let mut answer = json!({ "page": wish.page, "rows": part.asked, "totalElements": part.total });
            match modes.json {
                JsonShape::V1 => answer["content"] = rows.into(),
                JsonShape::V2 => answer[modes.list_name.as_str()] = rows.into_iter().map(flat).collect(),
                JsonShape::Unknown => answer["data"] = json!({ "nodes": rows }),
            }
            Json(answer).into_response()
        }
    }
}

/// A row as it is written there.
fn product(row: &Row) -> Value {
    let mut product = json!(row);
    let members = &mut product["product"];
    members["blueprint"] = json!(60 + row.product.id % 41);
    members["tags"]["affiliationType"] =
        json!(if row.product.tags.affiliation_type == "OPEN" { "ANYONE" } else { "APPLICATION" });
    product
}

/// With the product's own members beside producer and affiliation.
fn flat(mut row: Value) -> Value {
    let product = row.as_object_mut().and_then(|row| row.remove("product"));
    if let (Some(Value::Object(members)), Some(row)) = (product, row.as_object_mut()) {
        row.extend(members);
    }
    row
}
