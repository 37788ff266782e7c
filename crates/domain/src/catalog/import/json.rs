//! A JSON tree that keeps what `serde_json::Value` loses: the order of fields, and fields that are stated twice.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::catalog::limits::MAX_JSON_VALUES;

/// Longest rendering of a value in a report, in characters.
const BRIEF_CHARS: usize = 200;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A whole number that is not negative.
    Whole(u64),
    /// Any other number, only to be quoted: nothing in a menu is counted in it.
    OtherNumber(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text. Nesting is bounded by `serde_json` (128 levels), the number of values here: two bytes of text can
    /// make a value of dozens.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        // Editors on some systems put a byte order mark before the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let values_left = Cell::new(MAX_JSON_VALUES);
        let value = JsonReader { values_left: &values_left }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }

    /// The value as a person would quote it, cut to a length that is safe to show.
    pub(super) fn brief(&self) -> String {
        let mut out = String::new();
        self.write_brief(&mut out);
        match out.char_indices().nth(BRIEF_CHARS) {
            Some((end, _)) => format!("{}…", &out[..end]),
            None => out,
        }
    }

    fn write_brief(&self, out: &mut String) {
        // Four bytes is the longest character: beyond that, more would be cut anyway.
        if out.len() > 4 * BRIEF_CHARS {
            return;
        }
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Whole(number) => out.push_str(&number.to_string()),
            Json::OtherNumber(text) => out.push_str(text),
            Json::Text(text) => out.extend(text.chars().take(BRIEF_CHARS + 1)),
            Json::List(items) => {
                for (place, item) in items.iter().enumerate().take(BRIEF_CHARS) {
                    out.push_str(if place == 0 { "" } else { ", " });
                    item.write_brief(out);
                }
            }
            Json::Object(fields) => {
                for (place, (name, value)) in fields.iter().enumerate().take(BRIEF_CHARS) {
                    out.push_str(if place == 0 { "" } else { ", " });
                    out.extend(name.chars().take(BRIEF_CHARS));
                    out.push_str(": ");
                    value.write_brief(out);
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct JsonReader<'c> {
    values_left: &'c Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for JsonReader<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let left = self.values_left.get().checked_sub(1);
        self.values_left.set(left.ok_or_else(|| D::Error::custom(format!("more than {MAX_JSON_VALUES} values")))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonReader<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Whole(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(u64::try_from(value).map_or_else(|_| Json::OtherNumber(value.to_string()), Json::Whole))
    }

    #[allow(clippy::disallowed_types, reason = "the reader hands it over; it is quoted, never counted with")]
    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber(value.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = entries.next_key()? {
            fields.push((name, entries.next_value_seed(self)?));
        }
        Ok(Json::Object(fields))
    }
}
