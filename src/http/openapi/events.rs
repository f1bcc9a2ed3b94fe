//! What the event streams tell: a `oneOf` for each stream, and an example of each event made by the code that tells it.

use poem_openapi::types::Example;
use serde_json::{Map, Value, json};

use super::{login_events::login_events, object};
use crate::{
    domain::{ConnectionId, Outcome, ProviderId, RunId, RunProgress, Stored, StreamName, Timestamp, UserEvent},
    http::{
        events::{self, Told},
        feed::Described,
        sources::{LoginStream, RunStream, UserStream},
        views,
    },
};

/// One kind of event.
pub(super) struct Shape {
    pub schema: &'static str,
    pub about: &'static str,
    /// Beside `type` and `at`.
    pub properties: Value,
    pub optional: &'static [&'static str],
    pub sample: Told,
}

impl Shape {
    fn schema(&self) -> Value {
        let mut properties = Map::new();
        properties.insert("type".into(), json!({"type": "string", "enum": [self.sample.name]}));
        let at = json!({"type": "string", "format": "date-time", "description": "When it happened."});
        properties.insert("at".into(), at);
        properties.extend(self.properties.as_object().cloned().unwrap_or_default());
        let required: Vec<_> = properties.keys().filter(|name| !self.optional.contains(&name.as_str())).collect();
        json!({"type": "object", "title": self.schema, "description": self.about, "required": required,
            "properties": properties, "example": self.sample.data})
    }
}

/// Adds the schemas of the events, the streams and the lists, and the examples.
pub fn describe(document: &mut Value) {
    let login = login_events();
    let run = run_events();
    let snapshot = |schema: &'static str, field: &'static str, about, property: Value, sample| Shape {
        schema,
        about,
        properties: json!({field: property}),
        optional: &[],
        sample,
    };
    let of_login = snapshot(
        "LoginSnapshot",
        "login",
        "First on a fresh stream: the login as it stands.",
        json!({"$ref": "#/components/schemas/Login"}),
        events::snapshot(2, moment(3), "login", &views::Login::example()),
    );
    let of_user = snapshot(
        "UserSnapshot",
        "integrations",
        "First on a fresh stream: all integrations as they stand.",
        json!({"type": "array", "items": {"$ref": "#/components/schemas/Integration"}}),
        events::snapshot(17, moment(800), "integrations", &vec![views::Integration::example()]),
    );
    let of_run = snapshot(
        "RunSnapshot",
        "run",
        "First on a fresh stream: the run as it stands.",
        json!({"$ref": "#/components/schemas/Run"}),
        events::snapshot(9, moment(706), "run", &views::Run::example()),
    );
    let user = user_events();
    let streams: [(&str, &str, Vec<&Shape>); 3] = [
        (LoginStream::EVENT, LoginStream::LIST, std::iter::once(&of_login).chain(&login).collect()),
        (
            UserStream::EVENT,
            UserStream::LIST,
            std::iter::once(&of_user).chain(&login).chain(&user).chain(&run).collect(),
        ),
        (RunStream::EVENT, RunStream::LIST, std::iter::once(&of_run).chain(&run).collect()),
    ];
    for (stream, list, shapes) in &streams {
        let schemas = object(document, &["components", "schemas"]);
        for shape in shapes {
            schemas.insert(shape.schema.into(), shape.schema());
        }
        schemas.insert((*stream).into(), one_of(shapes));
        schemas.insert((*list).into(), list_of(stream, shapes));
        add_examples(document, stream, shapes);
    }
}

fn one_of(shapes: &[&Shape]) -> Value {
    let reference = |shape: &Shape| format!("#/components/schemas/{}", shape.schema);
    let all: Vec<_> = shapes.iter().map(|shape| json!({"$ref": reference(shape)})).collect();
    let mapping: Map<_, _> =
        shapes.iter().map(|shape| (shape.sample.name.to_owned(), reference(shape).into())).collect();
    json!({"description": "The `data` of an event; `type` is also its SSE `event:` name.", "oneOf": all,
        "discriminator": {"propertyName": "type", "mapping": mapping}})
}

fn list_of(stream: &str, shapes: &[&Shape]) -> Value {
    let told = shapes.iter().filter(|shape| shape.sample.name != "snapshot").take(2);
    let example: Vec<_> = told.map(|shape| shape.sample.clone().into_json()).collect();
    json!({"type": "object", "required": ["events"], "description": "The events so far.", "properties": {"events": {
        "type": "array", "description": "Oldest first, up to 1000: ask for more with `after`.",
        "items": {"type": "object", "required": ["id", "event", "data"], "properties": {
            "id": {"type": "integer", "format": "int64", "description": "Rises without gaps."},
            "event": {"type": "string", "description": "The same as the data's `type`."},
            "data": {"$ref": format!("#/components/schemas/{stream}")}}}}},
        "example": {"events": example}})
}

/// One for each event, where the stream is answered.
fn add_examples(document: &mut Value, stream: &str, shapes: &[&Shape]) {
    let reference = format!("#/components/schemas/{stream}");
    let examples: Map<_, _> = shapes
        .iter()
        .map(|shape| (shape.sample.name.to_owned(), json!({"summary": shape.about, "value": shape.sample.data})))
        .collect();
    for (_, operation) in super::operations(document) {
        let media = operation.pointer_mut("/responses/200/content/text~1event-stream");
        if let Some(media) = media.filter(|media| media["schema"]["$ref"] == json!(reference)) {
            media["examples"] = examples.clone().into();
        }
    }
}

pub(super) fn moment(seconds: i64) -> Timestamp {
    Timestamp(1_777_887_000_250 + seconds * 1000)
}

pub(super) fn connection_id() -> ConnectionId {
    ConnectionId::new(uuid::Uuid::from_u128(0x018f_3a5c_7b1e_7d32_a4c9_5b6d_7e8f_9a0b))
}

pub(super) fn provider() -> ProviderId {
    ProviderId::parse("demo-market").unwrap_or_else(|never| unreachable!("{never}"))
}

pub(super) fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

fn user_shape(schema: &'static str, id: i64, event: UserEvent, about: &'static str, own: Value) -> Shape {
    let sample = events::of_user(&Stored { id, at: moment(40 + id), event });
    Shape { schema, about, properties: own, optional: &[], sample }
}

fn user_events() -> Vec<Shape> {
    let (connection_id, provider) = (connection_id(), provider());
    let own = json!({"connectionId": text("Which connection."), "provider": text("At which site.")});
    let mut with_reason = own.clone();
    with_reason["reason"] = text("How that was seen.");
    let (id, site) = (connection_id.clone(), provider.clone());
    vec![
        user_shape(
            "ConnectionConnected",
            7,
            UserEvent::Connected { connection_id: id.clone(), provider: site.clone() },
            "A verified session was saved; or one that was called ended, or of which nobody was sure, was seen to work.",
            own.clone(),
        ),
        user_shape(
            "ConnectionUnsure",
            17,
            UserEvent::Unsure { connection_id: id.clone(), provider: site.clone() },
            "It cannot be told any more whether the session works: see `unsureSince` and `evidence` of the connection.",
            own.clone(),
        ),
        user_shape(
            "ConnectionNeedsReconnect",
            18,
            UserEvent::NeedsReconnect {
                connection_id: id,
                provider: site,
                reason: "app.demo.localhost sent us to its login page".into(),
            },
            "The site ended the session: somebody must log in again.",
            with_reason,
        ),
        user_shape(
            "ConnectionDisconnected",
            19,
            UserEvent::Disconnected { connection_id, provider },
            "The owner ended it; the session is deleted.",
            own,
        ),
    ]
}

fn run_events() -> Vec<Shape> {
    let run_id = RunId::new(uuid::Uuid::from_u128(0x018f_3a6d_01c4_7f3e_9b2a_3c4d_5e6f_7081));
    let id = connection_id();
    let stream = StreamName::parse("products").unwrap_or_else(|never| unreachable!("{never}"));
    let own = |more: Value| {
        let mut own = json!({"runId": text("Which run."), "connectionId": text("With which connection.")});
        if let (Some(own), Some(more)) = (own.as_object_mut(), more.as_object()) {
            own.extend(more.clone());
        }
        own
    };
    let started =
        UserEvent::RunStarted { run_id: run_id.clone(), connection_id: id.clone(), provider: provider(), stream };
    let progress = RunProgress { pages: 3, records: 60 };
    let going = UserEvent::RunProgress { run_id: run_id.clone(), connection_id: id.clone(), progress };
    let finished = UserEvent::RunFinished { run_id, connection_id: id, outcome: Outcome::Ok, needs_reconnect: false };
    vec![
        user_shape(
            "RunStarted",
            1,
            started,
            "A scrape began.",
            own(json!({"provider": text("At which site."), "stream": text("Of what.")})),
        ),
        user_shape(
            "RunProgressed",
            2,
            going,
            "A page of it is in.",
            own(json!({"progress": {"$ref": "#/components/schemas/RunProgress"}})),
        ),
        user_shape(
            "RunFinished",
            9,
            finished,
            "It is over, well or not.",
            own(json!({"outcome": {"$ref": "#/components/schemas/Outcome"},
                "needsReconnect": {"type": "boolean", "description": "The site ended the session: somebody must log in again."}})),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_documented() {
        for shape in login_events().iter().chain(&user_events()).chain(&run_events()) {
            let schema = shape.schema();
            let told: Vec<_> = shape.sample.data.as_object().unwrap().keys().cloned().collect();
            for name in &told {
                assert!(schema["properties"].get(name).is_some(), "{}: {name} is not documented", shape.schema);
            }
            for name in schema["required"].as_array().unwrap() {
                assert!(told.contains(&name.as_str().unwrap().to_owned()), "{}: {name} is not told", shape.schema);
            }
        }
    }
}
