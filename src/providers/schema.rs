//! The JSON schema of the definition files, for editors.

use schemars::{
    Schema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Map, Value};

use super::file::File;

/// The schema as it is checked in beside the definitions.
#[must_use]
pub fn schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<File>();
    RecursiveTransform(without_null).transform(&mut schema);
    // A schema is always JSON.
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    format!("{text}\n")
}

/// TOML has no null: what may be left out is left out.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.retain(|name, value| !(name == "default" && value.is_null()));
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".into(), one);
        }
    }
    let Some(Value::Array(ways)) = object.get_mut("anyOf") else { return };
    ways.retain(|way| way.get("type").is_none_or(|kind| kind != "null"));
    if let [Value::Object(way)] = ways.as_slice() {
        let way: Map<String, Value> = way.clone();
        object.remove("anyOf");
        for (name, value) in way {
            object.entry(name).or_insert(value);
        }
    }
}
