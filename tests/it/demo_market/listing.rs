//! What is for sale, in every way in which a list can be asked for.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::{market, visitor::Visitor};

fn ucodes(rows: &Value) -> Vec<String> {
    let of = |row: &Value| row["product"]["ucode"].as_str().or_else(|| row["ucode"].as_str()).map(ToOwned::to_owned);
    rows.as_array().expect("a list").iter().map(|row| of(row).expect("a code")).collect()
}

/// A search with any body, in that version.
async fn ask(visitor: &Visitor, token: &str, version: &str, wish: Value) -> Value {
    let address = visitor.address("api-market", &format!("/{version}/market/search"));
    let answer = visitor.client.post(address).bearer_auth(token).json(&wish).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn by_page_by_offset_by_cursor_and_by_link_the_same_products_come() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    let mut by: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for page in 1..=7 {
        by.entry("page").or_default().extend(ucodes(&visitor.search(&token, page).await.1["content"]));
        let same = visitor.api(&format!("/v1/market/products?page={page}&rows=20"), &token).await.1;
        by.entry("page, by GET").or_default().extend(ucodes(&same["content"]));
        let plain = visitor.get("app", &format!("/market/list?page={page}")).await.body;
        let cards = plain.split("data-ucode=\"").skip(1).map(|rest| rest[..36].to_owned());
        by.entry("server-rendered").or_default().extend(cards);
        assert_eq!(plain.contains("rel=\"next\""), page < 7, "page {page}");
    }
    for offset in (0..140).step_by(20) {
        let found = ask(&visitor, &token, "v1", json!({ "offset": offset, "limit": 20 })).await;
        assert_eq!((&found["totalElements"], &found["last"]), (&json!(140), &json!(offset == 120)));
        by.entry("offset").or_default().extend(ucodes(&found["content"]));
        let same = visitor.json("app", &format!("/data/products?offset={offset}&limit=20")).await;
        by.entry("offset, by cookie").or_default().extend(ucodes(&same["content"]));
    }
    let mut cursor = json!("");
    while let Some(next) = cursor.as_str() {
        let found = ask(&visitor, &token, "v1", json!({ "cursor": next, "limit": 20 })).await;
        by.entry("cursor").or_default().extend(ucodes(&found["content"]));
        cursor = found["nextCursor"].clone();
    }
    assert_eq!(by.len(), 6);
    assert!(by.values().all(|found| found.len() == 137 && *found == by["page"]), "{:?}", by.keys());
}

#[tokio::test]
async fn what_is_inserted_while_somebody_reads_moves_everything_by_one() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    let before = ucodes(&visitor.search(&token, 1).await.1["content"]);
    visitor.switch(json!({ "insertNext": 2 })).await;
    let first = ucodes(&visitor.search(&token, 1).await.1["content"]);
    assert_eq!(first, before);
    let second = ucodes(&visitor.search(&token, 2).await.1["content"]);
    assert_eq!(second[0], first[19], "it came twice");
    let again = ucodes(&visitor.search(&token, 1).await.1["content"]);
    assert_eq!(again[2..], before[..18], "two are new");
    assert_eq!(visitor.search(&token, 7).await.1["totalElements"], 142);
    assert_eq!(visitor.control_get("/mode").await["insertNext"], 0);

    // A cursor names a product, so nothing comes twice however much is inserted.
    visitor.switch(json!({ "insertNext": 100, "repeats": false })).await;
    let (mut cursor, mut rows, mut distinct) = (json!(""), 0, HashSet::new());
    while let Some(next) = cursor.as_str() {
        let found = ask(&visitor, &token, "v1", json!({ "cursor": next, "limit": 20 })).await;
        let codes = ucodes(&found["content"]);
        rows += codes.len();
        distinct.extend(codes);
        cursor = found["nextCursor"].clone();
    }
    assert_eq!((rows, distinct.len()), (139, 139));
}

#[tokio::test]
async fn the_catalogue_has_as_many_products_as_is_said() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.switch(json!({ "products": 10_000, "repeats": false })).await;
    let last = visitor.search(&token, 500).await.1;
    assert_eq!(
        (&last["totalElements"], &last["totalPages"], &last["last"]),
        (&json!(10_000), &json!(500), &json!(true))
    );
    assert_eq!(last["content"].as_array().map(Vec::len), Some(20));
    visitor.switch(json!({ "products": 0 })).await;
    let none = visitor.search(&token, 1).await.1;
    assert_eq!((&none["content"], &none["totalElements"]), (&json!([]), &json!(0)));
    let page = visitor.get("app", "/market/list").await.body;
    assert!(page.contains("market-empty") && page.contains("data-page=\"market\""), "{page}");
}

#[tokio::test]
async fn both_shapes_of_json_say_the_same_under_any_name() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    let one = ask(&visitor, &token, "v1", json!({ "page": 3, "rows": 20 })).await;
    for name in ["products", "items", "results"] {
        visitor.switch(json!({ "listName": name })).await;
        let two = ask(&visitor, &token, "v2", json!({ "page": 3, "rows": 20 })).await;
        assert!(two["content"].is_null());
        assert_eq!((&two["pagination"]["total"], &two["pagination"]["hasMore"]), (&json!(140), &json!(true)));
        let rows = two[name].as_array().unwrap_or_else(|| panic!("{name} in {two}"));
        for (flat, nested) in rows.iter().zip(one["content"].as_array().expect("content")) {
            assert_eq!(flat["producer"], nested["producer"]);
            assert_eq!(flat["affiliation"], nested["affiliation"]);
            for (member, value) in nested["product"].as_object().expect("a product") {
                assert_eq!(flat[member], *value, "{member}");
            }
        }
    }
    let page = async |json: &str| {
        visitor.switch(json!({ "json": json })).await;
        visitor.get("app", "/market").await.attribute("data-search")
    };
    assert_eq!(page("v2").await, "/v2/market/search");
    assert_eq!(page("unknown").await, "/v3/market/search");
    let unknown = ask(&visitor, &token, "v3", json!({ "page": 1, "rows": 20 })).await;
    assert_eq!(unknown["data"]["edges"].as_array().map(Vec::len), Some(20));
}

#[tokio::test]
async fn each_generation_of_markup_shows_the_same_products_and_prices() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    visitor.token(&market).await;
    for (skin, card, dear) in [
        (1, "<article class=\"product-card\"", "<span class=\"product-price\">R$ 1.234,56</span>"),
        (2, "<li class=\"offer\"", "<span class=\"offer__price\">R$ 1.234,56</span>"),
        (3, "data-testid=\"card\"", "data-testid=\"price\">R$ 1.234,56</div>"),
    ] {
        visitor.switch(json!({ "skin": skin })).await;
        let (mut cards, mut is_dear, mut is_foreign) = (0, false, false);
        for page in 1..=7 {
            let body = visitor.get("app", &format!("/market/list?page={page}")).await.body;
            cards += body.matches(card).count();
            is_dear |= body.contains(dear);
            is_foreign |= body.contains("US$ 1,");
        }
        assert_eq!((cards, is_dear, is_foreign), (140, true, true), "skin {skin}");
    }
}

#[tokio::test]
async fn a_request_may_need_what_only_the_page_can_make() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.switch(json!({ "requireProof": true })).await;
    let (status, refused) = visitor.search(&token, 1).await;
    assert_eq!((status, &refused["error"]), (StatusCode::FORBIDDEN, &json!("missing_proof")));
    let nonce = visitor.get("app", "/market").await.attribute("data-nonce");
    let hash = nonce.bytes().rev().fold(0x811c_9dc5_u32, |hash, b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193));
    let asked = async |proof: String| {
        let mut headers = HeaderMap::new();
        headers.insert("x-market-proof", proof.parse().expect("a header"));
        let me = visitor.client.get(visitor.address("api-market", "/v1/me")).bearer_auth(&token).headers(headers);
        me.send().await.expect("an answer").status()
    };
    assert_eq!(asked(format!("{nonce}.{hash:08x}")).await, StatusCode::OK);
    assert_eq!(asked(format!("{nonce}.{:08x}", hash ^ 1)).await, StatusCode::FORBIDDEN);
    let preflight = visitor.client.request(Method::OPTIONS, visitor.address("api-market", "/v1/me"));
    let allowed = preflight.send().await.expect("an answer").headers()["access-control-allow-headers"].clone();
    assert!(allowed.to_str().expect("a text").contains("x-market-proof"));
}
