use serde_json::json;

use super::*;
use crate::{
    domain::{ProviderId, StreamName},
    providers::{Providers, Source, SourceKind},
};

const ANSWER: &str = include_str!("../../../providers/fixtures/demo-market/search-p1.json");
const PAGE: &str = include_str!("../../../providers/fixtures/demo-market/search-p1.html");
const EXPECTED: &str = include_str!("../../../providers/fixtures/demo-market/search-p1.expected.json");

fn providers() -> Providers {
    Providers::embedded().expect("the definitions load")
}

fn source_of<'a>(stream: &'a Stream, kind: &str) -> &'a Source {
    stream.sources.iter().find(|source| source.kind.as_str() == kind).expect("a source of that kind")
}

fn read(providers: &Providers, stream: &str, kind: &str, text: &str) -> Option<Extracted> {
    let market = providers.get(&ProviderId::parse("demo-market").expect("an id")).expect("the market");
    let name = StreamName::parse(stream).expect("a name");
    let stream = market.stream(Some(&name)).expect("the stream");
    let source = source_of(stream, kind);
    match &source.kind {
        SourceKind::Capture { items, .. } => {
            let body = serde_json::from_str(text).expect("JSON");
            from_json(stream, &source.fields, items, &body, &source.visit)
        }
        SourceKind::Fetch(_) => panic!("the demo marketplace has no fetch source"),
        SourceKind::Markup { items, .. } => from_html(stream, &source.fields, items, text, &source.visit),
    }
}

#[test]
fn an_answer_becomes_typed_records() {
    let extracted = read(&providers(), "products", "capture", ANSWER).expect("a list");
    let expected: Value = serde_json::from_str(EXPECTED).expect("JSON");
    let records: Vec<_> = extracted.records.iter().map(|record| Value::Object(record.fields.clone())).collect();
    assert_eq!(Value::Array(records), expected);
    assert_eq!((extracted.items, extracted.incomplete), (3, 0));
    assert_eq!(extracted.records[0].key, expected[0]["ucode"].as_str().expect("a text"));
}

#[test]
fn a_page_becomes_the_same_records_as_the_answer_it_was_made_from() {
    let extracted = read(&providers(), "products", "markup", PAGE).expect("a page");
    let expected: Value = serde_json::from_str(EXPECTED).expect("JSON");
    let only_in_the_answer = ["affiliation", "commission_percent", "cookie_days", "language"];
    for (record, expected) in extracted.records.iter().zip(expected.as_array().expect("a list")) {
        for (name, value) in &record.fields {
            let wanted = if only_in_the_answer.contains(&name.as_str()) { &Value::Null } else { &expected[name] };
            assert_eq!(value, wanted, "{name} of {}", record.key);
        }
    }
    assert_eq!(extracted.records.len(), 3);
    assert!(extracted.unreadable.is_empty(), "{:?}", extracted.unreadable);
}

#[test]
fn a_list_that_is_empty_is_empty_and_one_that_is_gone_is_not() {
    let providers = providers();
    assert_eq!(read(&providers, "products", "capture", r#"{"content":[]}"#), Some(Extracted::default()));
    assert_eq!(read(&providers, "products", "capture", r#"{"products":[{}]}"#), None);
    assert_eq!(read(&providers, "products", "capture", r#"{"error":"x"}"#), None);
}

#[test]
fn a_list_deep_inside_or_of_which_nothing_is_taken_is_empty_too() {
    let read = |items: &str, body: &str| {
        let place = ["json", items, r#"path = "$.id""#];
        with_field(place, r#"{ type = "string" }"#, r#"{ path = "$.name" }"#, body)
    };
    let edges = "$.data.orders.edges[*].node";
    assert_eq!(read(edges, r#"{"data":{"orders":{"edges":[]}}}"#), Some(Extracted::default()));
    assert_eq!(read(edges, r#"{"data":{"orders":{"edges":[{}]}}}"#), None, "items without what makes them one");
    assert_eq!(read(edges, r#"{"data":{"orders":{"edges":null}}}"#), None);
    assert_eq!(read(edges, r#"{"data":{}}"#), None);
    let rows = "$.shops[*].rows[*]";
    assert_eq!(read(rows, r#"{"shops":[]}"#), Some(Extracted::default()));
    assert_eq!(read(rows, r#"{"shops":[{"rows":[]},{"rows":[]}]}"#), Some(Extracted::default()));
    assert_eq!(read(rows, r#"{"shops":[{"lines":[]}]}"#), None);
    let some = "$.items[?@.kind=='[x]' && @.tags[0]].it";
    assert_eq!(read(some, r#"{"items":[{"kind":"y"}]}"#), Some(Extracted::default()));
    assert_eq!(read(some, r#"{"items":[]}"#), Some(Extracted::default()));
    assert_eq!(read(some, r#"{"items":[{"kind":"[x]","tags":[1]}]}"#), None);
    assert_eq!(read(some, r#"{"items":{}}"#), None);
    assert_eq!(read("$['a[*]'].b", r#"{"a":[]}"#), None, "a name is no list");
}

#[test]
fn relative_addresses_are_relative_to_what_the_page_says() {
    let read = |head: &str| {
        let body = format!("<head>{head}</head><p id=a><a href='x?q=1'>x</a></p>");
        let place = r#"{ css = "a", attr = "href", pipe = ["absolute"] }"#;
        let extracted = with_field(["html", "p", r#"attr = "id""#], r#"{ type = "url" }"#, place, &body);
        value::words(&extracted.expect("a page").records[0].fields["field"])
    };
    assert_eq!(read(""), "http://api-market.demo.localhost:4381/x?q=1");
    assert_eq!(
        read("<base target=_top><base href='/shop/'><base href='/b/'>"),
        "http://api-market.demo.localhost:4381/shop/x?q=1"
    );
    assert_eq!(read("<base href='https://a.example/b/c'>"), "https://a.example/b/x?q=1");
    assert_eq!(read("<base href='data:text/plain,'>"), "http://api-market.demo.localhost:4381/x?q=1");
}

#[test]
fn a_long_text_is_not_kept_once_for_each_item_around_it() {
    let read = |length: usize| {
        let body = format!("<div id=a><div id=b>{}</div></div>", "x".repeat(length));
        with_field(["html", "div", r#"attr = "id""#], r#"{ type = "string" }"#, "{ text = true }", &body)
            .expect("a page")
    };
    assert_eq!(read(LONGEST_KEPT).unreadable, BTreeMap::new());
    let extracted = read(LONGEST_KEPT + 1);
    assert_eq!(extracted.unreadable, BTreeMap::from([("field".to_owned(), 2)]));
    assert_eq!(extracted.records[0].fields["field"], Value::Null);
    let list = format!("[{}\"x\"]", "\"x\",".repeat(LONGEST_KEPT / 4));
    let unread = BTreeMap::from([("field".to_owned(), 1)]);
    assert_eq!(one_field(r#"{ type = "json" }"#, r#"{ path = "$.field" }"#, &list), (Value::Null, unread));
}

#[test]
fn a_field_in_an_address_is_escaped_for_any_part_of_it() {
    let place = r#"{ template = "https://a.example/{id}/x" }"#;
    let extracted =
        with_field(["json", "$[*]", r#"path = "$.id""#], r#"{ type = "url" }"#, place, r#"[{"id":"a b+/c"}]"#);
    assert_eq!(extracted.expect("a list").records[0].fields["field"], json!("https://a.example/a%20b%2B%2Fc/x"));
}

#[test]
fn an_item_without_a_required_field_is_counted_and_is_no_record() {
    let mut answer: Value = serde_json::from_str(ANSWER).expect("JSON");
    answer["content"][1]["product"]["name"] = Value::Null;
    answer["content"][2]["product"]["reviewRating"] = json!("n/a");
    let extracted = read(&providers(), "products", "capture", &answer.to_string()).expect("a list");
    assert_eq!((extracted.items, extracted.records.len(), extracted.incomplete), (3, 2, 1));
    assert_eq!(extracted.missing, BTreeMap::from([("name".to_owned(), 1)]));
    assert_eq!(extracted.unreadable, BTreeMap::from([("rating".to_owned(), 1)]));
    assert!((extracted.part_missing() - 1.0 / 3.0).abs() < 1e-9);
}

/// Reads the items of an answer with one field, after the two that every stream needs to be one.
fn with_field([answer, items, id]: [&str; 3], field: &str, place: &str, body: &str) -> Option<Extracted> {
    let market = include_str!("../../../providers/demo-market.toml");
    let (site, _) = market.split_once("[[streams]]").expect("streams");
    let definition = format!(
        r#"{site}
[[streams]]
name = "things"
key = ["id"]
fields = {{ id = {{ type = "string", required = true }}, field = {field} }}
[[streams.sources]]
kind = "fetch"
wait = "20s"
answer = "{answer}"
request = {{ url = "http://api-market.demo.localhost:4381/things" }}
items = "{items}"
fields = {{ id = {{ {id} }}, field = {place} }}
"#
    );
    let providers = Providers::default().with_file("demo-market.toml", &definition).expect("a definition");
    let market = providers.get(&ProviderId::parse("demo-market").expect("an id")).expect("the market");
    let stream = &market.streams[0];
    from_body(stream, &stream.sources[0], body, &stream.sources[0].visit)
}

fn one_field(field: &str, place: &str, item: &str) -> (Value, BTreeMap<String, usize>) {
    let body = format!("[{{\"id\":\"a\",\"field\":{item}}}]");
    let extracted = with_field(["json", "$[*]", r#"path = "$.id""#], field, place, &body).expect("a list");
    (extracted.records[0].fields["field"].clone(), extracted.unreadable)
}

#[test]
fn a_number_outside_its_range_is_not_believed() {
    let integer = r#"{ type = "integer", range = [0, 5] }"#;
    let path = r#"{ path = "$.field" }"#;
    assert_eq!(one_field(integer, path, "5"), (json!(5), BTreeMap::new()));
    assert_eq!(one_field(integer, path, "6"), (Value::Null, BTreeMap::from([("field".to_owned(), 1)])));
    let money = r#"{ type = "money", range = [0.5, 10] }"#;
    assert_eq!(one_field(money, path, r#""€ 0.49""#).0, Value::Null);
    assert_eq!(one_field(money, path, r#""€ 0.50""#).0, json!({ "amount": "0.50", "currency": "EUR" }));
}

#[test]
fn lists_are_read_whole_and_can_become_one_text_or_their_first() {
    let names = r#"[{"n":"a"},{"n":""},{"n":"b"}]"#;
    let all = r#"path = "$.field[*].n", all = true"#;
    assert_eq!(one_field(r#"{ type = "list" }"#, &format!("{{ {all} }}"), names).0, json!(["a", "b"]));
    let joined = format!(r#"{{ {all}, pipe = [{{ join = "; " }}] }}"#);
    assert_eq!(one_field(r#"{ type = "string" }"#, &joined, names).0, json!("a; b"));
    let first = format!(r#"{{ {all}, pipe = ["first"] }}"#);
    assert_eq!(one_field(r#"{ type = "string" }"#, &first, names).0, json!("a"));
    assert_eq!(one_field(r#"{ type = "list" }"#, &format!("{{ {all} }}"), "[]").0, Value::Null);
}

#[test]
fn a_list_of_what_is_no_text_cannot_be_read() {
    let unread = BTreeMap::from([("field".to_owned(), 1)]);
    let tags = r#"{ path = "$.field" }"#;
    assert_eq!(one_field(r#"{ type = "list" }"#, tags, r#"[{"name":"a"}]"#), (Value::Null, unread));
    assert_eq!(one_field(r#"{ type = "list" }"#, tags, "[]"), (json!([]), BTreeMap::new()));
}

#[test]
fn json_stays_as_it_is_and_html_becomes_text() {
    assert_eq!(
        one_field(r#"{ type = "json" }"#, r#"{ path = "$.field" }"#, r#"{"x":[1,null]}"#).0,
        json!({"x": [1, null]})
    );
    let text = r#"{ path = "$.field", pipe = ["html_to_text"] }"#;
    assert_eq!(
        one_field(r#"{ type = "string" }"#, text, r#""<p>One</p><p>two &amp; three</p>""#).0,
        json!("One\ntwo & three")
    );
}

#[test]
fn values_are_read_as_their_type_or_not_at_all() {
    use crate::providers::FieldType as T;
    let cases = [
        (T::Integer, json!("12"), json!(12)),
        (T::Integer, json!(12.0), json!(12)),
        (T::Integer, json!("12.5"), Value::Null),
        (T::Integer, json!("12 apples"), Value::Null),
        (T::Decimal, json!(4.70), json!("4.7")),
        (T::Decimal, json!("1e2"), json!("100")),
        (T::Decimal, json!("1.234,5"), Value::Null),
        (T::Money, json!({"currency": "EUR", "value": 5}), json!({"amount": "5.00", "currency": "EUR"})),
        (T::Money, json!("R$ 1234.5"), json!({"amount": "1234.50", "currency": "BRL"})),
        (T::Money, json!("12.345 KWD"), json!({"amount": "12.345", "currency": "KWD"})),
        (T::Money, json!("12.50"), Value::Null),
        (T::Bool, json!("Yes"), json!(true)),
        (T::Bool, json!("perhaps"), Value::Null),
        (T::Url, json!("javascript:alert(1)"), Value::Null),
        (T::Url, json!("/relative"), Value::Null),
        (T::Datetime, json!("2026-03-01T12:00:00+02:00"), json!("2026-03-01T10:00:00Z")),
        (T::Datetime, json!("yesterday"), Value::Null),
        (T::Enum(vec!["open".into()]), json!("closed"), Value::Null),
        (T::List, json!(["a", 2, null]), json!(["a", "2"])),
        (T::String, json!("  "), Value::Null),
    ];
    for (kind, raw, expected) in cases {
        assert_eq!(value::typed(&kind, &raw).unwrap_or_default(), expected, "{kind:?} of {raw}");
    }
}

#[test]
fn a_sum_is_one_number_with_its_sign_and_its_currency() {
    let sums = [
        ("-$12.50", "-12.50 USD"),
        ("$-12.50", "-12.50 USD"),
        ("− 5.00 €", "-5.00 EUR"),
        ("(5.00 €)", "-5.00 EUR"),
        ("+ £3", "3.00 GBP"),
        ("-0 €", "0.00 EUR"),
        ("$12.50 CAD", "12.50 CAD"),
        ("MXN5", "5.00 MXN"),
        ("¥5 CNY", "5.00 CNY"),
        ("NZ$\u{a0}5", "5.00 NZD"),
        ("C$ 5", "5.00 CAD"),
        ("AU $5", "5.00 AUD"),
        ("5\u{202f}HK$", "5.00 HKD"),
        ("R$ 5.50 BRL", "5.50 BRL"),
        ("CHF 12.–", "12.00 CHF"),
        ("R$ 198.80.", "198.80 BRL"),
    ];
    for (text, expected) in sums {
        let sum = value::typed(&crate::providers::FieldType::Money, &json!(text)).unwrap_or_default();
        assert_eq!(
            format!("{} {}", value::words(&sum["amount"]), value::words(&sum["currency"])).replace('"', ""),
            expected,
            "{text}"
        );
    }
    let none = [
        "2 for £3.00",
        "1 234 €",
        "VAT incl. 12.50 EUR",
        "VAT 12.50",
        "J$ 5",
        "£5 USD",
        "R$ 5 USD",
        "$5 €",
        "12.50- €",
        "--5 €",
        "(-5 €)",
        "€ 1,5",
        "$.50",
        "5 - 6 €",
        "€ 29.90 10x",
        "5",
        "€",
        "",
    ];
    for text in none {
        assert_eq!(value::typed(&crate::providers::FieldType::Money, &json!(text)), None, "{text}");
    }
}

#[test]
fn what_a_decimal_cannot_hold_is_not_rounded() {
    let read = |text: &str| value::typed(&crate::providers::FieldType::Decimal, &json!(text));
    assert_eq!(read("0.1234567890123456789012345678"), Some(json!("0.1234567890123456789012345678")));
    for text in [
        "0.12345678901234567890123456789",
        "0.12345678901234567890123456789e1",
        "1e29",
        "1e",
        "e1",
        "99999999999999999999999999999.1",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn numbers_are_read_as_people_there_write_them() {
    use crate::providers::{Locale, Pipe};
    let base = Url::parse("https://a.example/x/y").expect("a URL");
    let through = |pipe: Pipe, text: &str| {
        pipe::apply(&[pipe], Some(json!(text)), &base).value.map(|value| value::words(&value)).unwrap_or_default()
    };
    assert_eq!(through(Pipe::Locale(Locale::Comma), "R$ 1.234.567,89"), "R$ 1234567.89");
    assert_eq!(through(Pipe::Locale(Locale::Comma), "1\u{202f}234,5 €"), "1234.5 €");
    assert_eq!(through(Pipe::Locale(Locale::Point), "US$ 1,234.56"), "US$ 1234.56");
    let by_currency = Locale::ByCurrency(BTreeMap::from([("BRL".to_owned(), true), ("USD".to_owned(), false)]));
    assert_eq!(through(Pipe::Locale(by_currency.clone()), "R$ 29,90"), "R$ 29.90");
    assert_eq!(through(Pipe::Locale(by_currency), "US$ 29.90"), "US$ 29.90");
    let rewritten = [
        (Locale::Comma, "-R$ 12,50", "-R$ 12.50"),
        (Locale::Comma, "R$ 299,90 10x", "R$ 299.90 10x"),
        (Locale::Comma, "1 234 567,8 €", "1234567.8 €"),
        (Locale::Comma, "1 23 €", "1 23 €"),
        (Locale::Comma, "0.500 kg", "0.500 kg"),
        (Locale::Comma, "03.02.2026", "03.02.2026"),
        (Locale::Comma, "1.234 567,8", "1234 567.8"),
        (Locale::Point, "29,90 €", "29,90 €"),
        (Locale::Point, "1.234,50 €", "1.234,50 €"),
        (Locale::Point, "1234,567", "1234,567"),
        (Locale::Point, "₹ 12,34,567.80", "₹ 1234567.80"),
        (Locale::Point, "1'234.5", "1234.5"),
    ];
    for (locale, text, expected) in rewritten {
        assert_eq!(through(Pipe::Locale(locale), text), expected);
    }
    let number = pipe::apply(&[Pipe::Locale(Locale::Comma)], Some(json!(1.234)), &base).value;
    assert_eq!(number, Some(json!("1.234")), "one of JSON is written in one way");
    assert_eq!(through(Pipe::Absolute, "../z?q=1"), "https://a.example/z?q=1");
    assert_eq!(through(Pipe::Collapse, " a\n  b "), "a b");
}
