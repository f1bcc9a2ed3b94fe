//! Events in the form that clients see: `id`, `event`, and `data` with `type` and `at`.

use poem_openapi::types::ToJSON;
use serde_json::{Map, Value, json};

use crate::domain::{Login, LoginEvent, Stored, Timestamp, UserEvent};

/// An event, ready to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its place on its stream.
    pub id: i64,
    /// The SSE `event:` name, also `type` in the data.
    pub name: &'static str,
    /// The SSE `data:`.
    pub data: Value,
}

impl Told {
    fn new(id: i64, name: &'static str, at: Timestamp) -> (Self, Map<String, Value>) {
        let mut data = Map::new();
        data.insert("type".into(), name.into());
        data.insert("at".into(), at.to_string().into());
        (Self { id, name, data: Value::Null }, data)
    }

    /// As an entry of the JSON form.
    #[must_use]
    pub fn into_json(self) -> Value {
        json!({"id": self.id, "event": self.name, "data": self.data})
    }
}

/// Every event is an object; its own fields follow the common ones.
fn add(data: &mut Map<String, Value>, event: &impl serde::Serialize) {
    if let Ok(Value::Object(fields)) = serde_json::to_value(event) {
        data.extend(fields.into_iter().filter(|(name, _)| name != "type"));
    }
}

/// An event on a login's stream.
#[must_use]
pub fn of_login(login: &Login, stored: &Stored<LoginEvent>) -> Told {
    let (told, mut data) = Told::new(stored.id, stored.event.name(), stored.at);
    data.insert("loginId".into(), login.id.as_str().into());
    data.insert("connectionId".into(), login.connection.as_str().into());
    add(&mut data, &stored.event);
    Told { data: data.into(), ..told }
}

/// An event on a user's or a run's stream.
#[must_use]
pub fn of_user(stored: &Stored<UserEvent>) -> Told {
    let (told, mut data) = Told::new(stored.id, stored.event.name(), stored.at);
    if let UserEvent::Login { login_id, connection_id, event } = &stored.event {
        data.insert("loginId".into(), login_id.as_str().into());
        data.insert("connectionId".into(), connection_id.as_str().into());
        add(&mut data, event);
    } else {
        add(&mut data, &stored.event);
    }
    Told { data: data.into(), ..told }
}

/// What a fresh stream begins with: everything as it stands at event `id`.
#[must_use]
pub fn snapshot(id: i64, at: Timestamp, name: &'static str, what: &impl ToJSON) -> Told {
    let (told, mut data) = Told::new(id, "snapshot", at);
    data.insert(name.into(), what.to_json().unwrap_or_default());
    Told { data: data.into(), ..told }
}

/// Nothing follows this one on a login's stream.
#[must_use]
pub fn ends_login(event: &LoginEvent) -> bool {
    matches!(event, LoginEvent::Saved | LoginEvent::Failed(_) | LoginEvent::Cancelled | LoginEvent::Expired { .. })
}
