//! The OpenAPI document: what poem-openapi makes of the routes, and what it cannot say.
//!
//! One document for everybody: served, checked in as `openapi/openapi.yaml`, and shown by Swagger UI.

mod answers;
mod events;
mod login_events;

use std::{collections::HashMap, marker::PhantomData};

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    LicenseObject, OpenApi, OpenApiService, ServerObject,
    registry::{MetaApi, Registry},
};
use serde_json::{Map, Value, json};

use super::{
    routes::{Api, OperationsApi},
    rules::{self, Holder, Needs},
};

const ABOUT: &str = "\
Log in to a site once, by hand, in a browser that this server shows you. The session is verified once more on its own (in \
a fresh browser, or by a request), sealed, and used for scraping without another login until the site ends it: then every answer says \
`needsReconnect: true`.

**Keys.** Send `Authorization: Bearer <access key>`. A server without keys that only this computer can reach needs \
none, but answers to `localhost`, `127.0.0.1` and `[::1]` only.

**Tokens for browsers.** A server makes a connect token for one of its users (`POST /connect-tokens`); the page at \
`/connect` sends it the same way. It connects that user and opens nothing else. A link (`POST /logins/{id}/links`) opens \
one login on another device. Each operation says which of them it takes. With either the header `Staylogged-User` is \
ignored: it is for the user that it was made for.

**Users.** Everything belongs to a user: an opaque id of your choice in the header `Staylogged-User`, `default` where \
it is left out. What belongs to another user is answered with 404.

**Errors** are `application/problem+json` (RFC 9457). `type` tells them apart: see `docs/errors.md`.

**Times** are RFC 3339 in UTC. A field that may be null is always there.";

/// The routes as they are documented, without anything behind them.
struct Documented<T>(PhantomData<T>);

impl<T: OpenApi> OpenApi for Documented<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}

fn service<T: OpenApi>() -> OpenApiService<Documented<T>, ()> {
    OpenApiService::new(Documented(PhantomData), "Staylogged", env!("CARGO_PKG_VERSION"))
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let licence = LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0");
    let server = ServerObject::new("/api").description("This server");
    let api = service::<Api>().description(ABOUT).license(licence).server(server).spec();
    let mut document = parse(&api);
    add_operations(&mut document);
    answers::prune(&mut document);
    add_keys(&mut document);
    say_what_is_null(&mut document);
    refuse_unknown_fields(&mut document);
    name_media_types(&mut document);
    leave_filters_empty(&mut document);
    say_what_is_answered(&mut document);
    events::describe(&mut document);
    document
}

/// As YAML: what `staylogged openapi` prints and what is checked in.
#[must_use]
pub fn yaml() -> String {
    let body =
        serde_yaml::to_string(&document()).unwrap_or_else(|error| unreachable!("the document is plain data: {error}"));
    format!("# Made by the program from its routes: run script/openapi to update.\n{body}")
}

/// Swagger UI, with everything it needs inside, showing this document.
#[must_use]
pub fn swagger_ui() -> String {
    let service = service::<Api>();
    // Nothing in the document may end the script that it stands in.
    let document = document().to_string().replace("</", "<\\/");
    service
        .swagger_ui_html()
        .replacen(&service.spec(), &document, 1)
        .replacen("<html charset=\"UTF-8\">", "<!doctype html>\n<html lang=\"en\">", 1)
        .replacen("<title>Swagger UI</title>", "<title>Staylogged API</title>\n<link rel=\"icon\" href=\"data:,\">", 1)
}

/// A path of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentedPath {
    /// As it stands in addresses, with its parameters in braces.
    pub template: String,
    /// Its methods, each with its `operationId`.
    pub operations: Vec<(String, String)>,
}

impl DocumentedPath {
    /// Its methods.
    #[must_use]
    pub fn methods(&self) -> Vec<String> {
        self.operations.iter().map(|(method, _)| method.clone()).collect()
    }
}

/// Every path of the document.
#[must_use]
pub fn paths(document: &Value) -> Vec<DocumentedPath> {
    let operations = |path: &Value| {
        let path = path.as_object().into_iter().flatten();
        let operations = path.filter(|(name, _)| METHODS.contains(&name.as_str()));
        operations
            .map(|(name, item)| (name.to_uppercase(), item["operationId"].as_str().unwrap_or_default().to_owned()))
            .collect()
    };
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .map(|(path, item)| {
            let prefix = if item.get("servers").is_some() { "" } else { "/api" };
            DocumentedPath { template: format!("{prefix}{path}"), operations: operations(item) }
        })
        .collect()
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn parse(spec: &str) -> Value {
    serde_json::from_str(spec).unwrap_or_else(|error| unreachable!("poem-openapi writes JSON: {error}"))
}

/// `document[place]`, made where it is missing.
fn object<'a>(document: &'a mut Value, place: &[&str]) -> &'a mut Map<String, Value> {
    let mut at = document;
    for name in place {
        at = &mut at[*name];
    }
    if !at.is_object() {
        *at = json!({});
    }
    at.as_object_mut().unwrap_or_else(|| unreachable!("it was just made one"))
}

/// Every operation with its id.
fn operations(document: &mut Value) -> impl Iterator<Item = (String, &mut Value)> {
    let paths = object(document, &["paths"]).values_mut().filter_map(Value::as_object_mut);
    paths.flat_map(|path| path.iter_mut()).filter(|(name, _)| METHODS.contains(&name.as_str())).map(|(_, operation)| {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        (id, operation)
    })
}

/// What is not under `/api` has another server.
fn add_operations(document: &mut Value) {
    let mut operations = parse(&service::<OperationsApi>().spec());
    for (path, mut item) in std::mem::take(object(&mut operations, &["paths"])) {
        item["servers"] = json!([{"url": "/", "description": "This server, outside /api"}]);
        object(document, &["paths"]).insert(path, item);
    }
    let schemas = std::mem::take(object(&mut operations, &["components", "schemas"]));
    object(document, &["components", "schemas"]).extend(schemas);
}

/// Which operations take what, and the header that names the user.
fn add_keys(document: &mut Value) {
    document["security"] = json!([{"accessKey": []}]);
    let schemes = object(document, &["components", "securitySchemes"]);
    for (name, description) in [
        (
            "accessKey",
            "One of STAYLOGGED_API_KEYS, or the key that was made and shown at the first start. \
             Not needed where the server has no keys and only this computer can reach it.",
        ),
        (holder_name(Holder::Token), "A connect token, of `POST /connect-tokens`."),
        (holder_name(Holder::Control), "The token of a link that may use its login, of `POST /logins/{id}/links`."),
        (holder_name(Holder::View), "The token of a link that may only see its login."),
    ] {
        schemes.insert(name.into(), json!({"type": "http", "scheme": "bearer", "description": description}));
    }
    object(document, &["components", "parameters"]).insert(
        "User".into(),
        json!({"name": "Staylogged-User", "in": "header", "required": false,
            "description": "For which user: an opaque id of your choice.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$", "default": "default"},
            "example": "default"}),
    );
    object(document, &["components", "parameters"]).insert(
        "LastEventId".into(),
        json!({"name": "Last-Event-ID", "in": "header", "required": false,
            "description": "Resume after this event. An EventSource sends it by itself when it comes back.",
            "schema": {"type": "string"}, "example": "3"}),
    );
    for (id, operation) in operations(document) {
        let mut add = |name: &str| {
            let parameter = json!({"$ref": format!("#/components/parameters/{name}")});
            match operation["parameters"].as_array_mut() {
                Some(parameters) => parameters.push(parameter),
                None => operation["parameters"] = json!([parameter]),
            }
        };
        if id.starts_with("follow") {
            add("LastEventId");
        }
        let Some(rule) = rules::of(&id) else { continue };
        if matches!(rule.needs, Needs::Nothing | Needs::Ticket) {
            operation["security"] = json!([]);
            continue;
        }
        if rule.needs == Needs::Key {
            add("User");
        }
        if !rule.holders.is_empty() {
            let takes = ["accessKey"].into_iter().chain(rule.holders.iter().map(|holder| holder_name(*holder)));
            operation["security"] = takes.map(|name| json!({name: []})).collect();
        }
    }
}

fn holder_name(holder: Holder) -> &'static str {
    match holder {
        Holder::Token => "connectToken",
        Holder::Control => "controlLink",
        Holder::View => "viewLink",
    }
}

/// OpenAPI 3.1 can say that a reference may be null, 3.0 cannot. A field that may be null is always there.
fn say_what_is_null(document: &mut Value) {
    document["openapi"] = "3.1.0".into();
    for schema in object(document, &["components", "schemas"]).values_mut() {
        let mut required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        for (name, property) in properties.iter_mut() {
            let Some(property) = property.as_object_mut() else { continue };
            // poem-openapi says what it says of a reference twice.
            let reference = property.remove("allOf").map(|parts| parts[0].clone());
            if property.remove("nullable") != Some(json!(true)) {
                property.extend(reference.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
                continue;
            }
            if !required.iter().any(|known| known == name) {
                required.push(name.as_str().into());
            }
            if let Some(reference) = reference {
                property.insert("anyOf".into(), json!([reference, {"type": "null"}]));
            } else if let Some(kind) = property.get_mut("type") {
                *kind = json!([kind.take(), "null"]);
            }
        }
        let order: Vec<&String> = properties.keys().collect();
        required.sort_by_key(|name| order.iter().position(|known| name == *known));
        if !required.is_empty() {
            schema["required"] = required.into();
        }
    }
}

/// Swagger UI types the example of a parameter into its field, and whoever presses "Execute" asks for what does not exist. So
/// examples of parameters that may be left out stand in their descriptions.
fn leave_filters_empty(document: &mut Value) {
    let parameters = operations(document).filter_map(|(_, operation)| operation.get_mut("parameters"));
    for parameter in parameters.filter_map(Value::as_array_mut).flatten() {
        if parameter["required"] != json!(false) {
            continue;
        }
        let example = parameter.get_mut("schema").and_then(|schema| schema.as_object_mut()?.remove("example"));
        if let Some(example) = example.as_ref().and_then(Value::as_str) {
            let description = parameter["description"].as_str().unwrap_or_default();
            parameter["description"] = format!("{description} For example `{example}`.").into();
        }
    }
}

fn refuse_unknown_fields(document: &mut Value) {
    for (name, schema) in object(document, &["components", "schemas"]) {
        if name.ends_with("Request") {
            schema["additionalProperties"] = json!(false);
        }
    }
}

/// An answer without words of its own is what its schema says it is.
fn say_what_is_answered(document: &mut Value) {
    let schemas = object(document, &["components", "schemas"]).clone();
    for (_, operation) in operations(document) {
        for answer in operation["responses"].as_object_mut().into_iter().flatten().map(|(_, answer)| answer) {
            if answer["description"] == json!("") {
                let schema = answer.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
                let name = schema.and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
                let about = schemas.get(name).map(|schema| schema["description"].clone());
                answer["description"] = about.filter(Value::is_string).unwrap_or_else(|| "It worked.".into());
            }
        }
    }
}

/// A media type's parameters are no part of its name here; and what is so by default need not be said.
fn name_media_types(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("explode");
            if let Some(location) =
                fields.get_mut("headers").and_then(|headers| headers.as_object_mut()?.remove("LOCATION"))
            {
                fields["headers"]["Location"] = location;
            }
            if fields.get("deprecated") == Some(&json!(false)) {
                fields.remove("deprecated");
            }
            if let Some(Value::Object(content)) = fields.get_mut("content") {
                let named = std::mem::take(content).into_iter();
                *content = named
                    .map(|(name, media)| (name.split(';').next().unwrap_or_default().trim().to_owned(), media))
                    .collect();
            }
            fields.values_mut().for_each(name_media_types);
        }
        Value::Array(values) => values.iter_mut().for_each(name_media_types),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_complete() {
        let mut document = document();
        let mut ids = Vec::new();
        for (id, operation) in operations(&mut document) {
            assert!(operation["summary"].is_string(), "{id} has no summary");
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id} has no tag");
            assert!(answers::errors(&id).is_some(), "say in answers.rs which errors {id} can answer");
            ids.push(id);
        }
        assert!(ids.len() > 20 && !ids.contains(&String::new()), "{ids:?}");
    }

    #[test]
    fn swagger_ui_has_nothing_to_type_into_a_filter() {
        let mut document = document();
        let all: Vec<Value> = operations(&mut document)
            .flat_map(|(_, operation)| operation["parameters"].as_array().cloned().unwrap_or_default())
            .collect();
        let filters = || all.iter().filter(|one| one["in"] == "query" && one["required"] == json!(false));
        assert!(filters().all(|one| one["schema"].get("example").is_none() && one.get("example").is_none()), "{all:?}");
        let described =
            filters().filter(|one| one["description"].as_str().is_some_and(|text| text.contains(" For example `")));
        assert!(described.count() > 3, "the examples stand in the descriptions: {all:?}");
    }

    #[test]
    fn every_schema_that_is_referred_to_is_there() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str).map(String::from));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(values) => values.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn swagger_ui_shows_this_document() {
        let html = swagger_ui();
        assert!(html.contains("LoginStreamEvent") && html.contains("<!doctype html>"));
        assert!(!html.contains("src=\"http"), "offline");
    }
}
