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
        SourceKind::Markup { items, .. } => Some(from_html(stream, &source.fields, items, text, &source.visit)),
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
fn numbers_are_read_as_people_there_write_them() {
    use crate::providers::{Locale, Pipe};
    let base = Url::parse("https://a.example/x/y").expect("a URL");
    let through = |pipe: Pipe, text: &str| {
        pipe::apply(&[pipe], Some(json!(text)), &base).map(|value| value::words(&value)).unwrap_or_default()
    };
    assert_eq!(through(Pipe::Locale(Locale::Comma), "R$ 1.234.567,89"), "R$ 1234567.89");
    assert_eq!(through(Pipe::Locale(Locale::Comma), "1\u{202f}234,5 €"), "1234.5 €");
    assert_eq!(through(Pipe::Locale(Locale::Point), "US$ 1,234.56"), "US$ 1234.56");
    let by_currency = Locale::ByCurrency(BTreeMap::from([("BRL".to_owned(), true), ("USD".to_owned(), false)]));
    assert_eq!(through(Pipe::Locale(by_currency.clone()), "R$ 29,90"), "R$ 29.90");
    assert_eq!(through(Pipe::Locale(by_currency), "US$ 29.90"), "US$ 29.90");
    assert_eq!(through(Pipe::Absolute, "../z?q=1"), "https://a.example/z?q=1");
    assert_eq!(through(Pipe::Collapse, " a\n  b "), "a b");
}
