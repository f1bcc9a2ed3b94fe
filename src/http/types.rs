//! How the domain's own names look in JSON, in addresses and in the OpenAPI document.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde_json::{Map, Value};

use crate::domain::{AccountName, ConnectionId, LinkId, LoginId, ProviderId, RunId, StreamName, Timestamp, UserId};

macro_rules! plain_type {
    ($name:ty, $schema:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
    };
}

macro_rules! text_type {
    ($name:ty, $pattern:literal, $example:literal) => {
        plain_type!(
            $name,
            MetaSchema { pattern: Some($pattern.into()), example: Some($example.into()), ..MetaSchema::new("string") }
        );

        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                serde_json::from_value(value.unwrap_or_default()).map_err(ParseError::custom)
            }
        }

        impl ParseFromParameter for $name {
            fn parse_from_parameter(value: &str) -> ParseResult<Self> {
                Self::parse(value).map_err(ParseError::custom)
            }
        }

        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                Some(self.as_str().into())
            }
        }
    };
}

text_type!(ProviderId, "^[a-z][a-z0-9_-]{0,39}$", "demo-market");
text_type!(StreamName, "^[a-z][a-z0-9_-]{0,39}$", "products");
text_type!(AccountName, "^[A-Za-z0-9._@+-]{1,64}$", "main");
text_type!(ConnectionId, "^con_[0-9a-f]{32}$", "con_018f3a5c7b1e7d32a4c95b6d7e8f9a0b");
text_type!(LoginId, "^lgn_[0-9a-f]{32}$", "lgn_018f3a5c7b2079d1b3e6f7081923a4b5");
text_type!(LinkId, "^lnk_[0-9a-f]{32}$", "lnk_5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f");
text_type!(UserId, "^[!-~]{1,128}$", "default");
text_type!(RunId, "^run_[0-9a-f]{32}$", "run_018f3a6d01c47f3e9b2a3c4d5e6f7081");

plain_type!(
    Timestamp,
    MetaSchema {
        example: Some("2026-05-04T09:30:00.25Z".into()),
        ..MetaSchema::new_with_format("string", "date-time")
    }
);

impl ToJSON for Timestamp {
    fn to_json(&self) -> Option<Value> {
        Some(self.to_string().into())
    }
}

impl ParseFromJSON for Timestamp {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let text = String::parse_from_json(value).map_err(ParseError::propagate)?;
        Self::parse(&text).map_err(ParseError::custom)
    }
}

impl ParseFromParameter for Timestamp {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Self::parse(value).map_err(ParseError::custom)
    }
}

/// A record's fields, in the definition's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(pub Map<String, Value>);

plain_type!(
    Fields,
    MetaSchema {
        additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
        ..MetaSchema::new("object")
    }
);

impl ToJSON for Fields {
    fn to_json(&self) -> Option<Value> {
        Some(Value::Object(self.0.clone()))
    }
}

impl ParseFromJSON for Fields {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        serde_json::from_value(value.unwrap_or_default()).map(Self).map_err(ParseError::custom)
    }
}

/// A provider's id in an address. Never refused here: the answer to an unknown one lists the known ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderParam(pub String);

plain_type!(ProviderParam, MetaSchema { example: Some("demo-market".into()), ..MetaSchema::new("string") });

impl ParseFromParameter for ProviderParam {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(value.to_owned()))
    }
}

impl ToJSON for ProviderParam {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.as_str().into())
    }
}
