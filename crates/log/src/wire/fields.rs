//! The members of one JSON object, unread until each is asked for by name, so that every fault names its member.

use super::WireError;
use crate::{bytes, clock};
use docket_domain::ids::LogId;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

/// More members than any kind of line has; a line of a million members is given up here.
const MEMBERS_MAX: usize = 32;

pub(super) struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    pub(super) fn read(line: &'a str) -> Result<Self, WireError> {
        let fields: Fields<'a> =
            serde_json::from_str(line).map_err(|error| WireError::NotAnObject { place: error.column() })?;
        for (index, (name, _)) in fields.0.iter().enumerate() {
            if fields.0[..index].iter().any(|(before, _)| before == name) {
                return Err(WireError::Doubled { field: shorten(name) });
            }
        }
        Ok(fields)
    }

    /// Refuses a member that `known` does not list.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), WireError> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(WireError::Unknown { field: shorten(name) }),
            None => Ok(()),
        }
    }

    pub(super) fn value<T: DeserializeOwned>(&self, field: &'static str, rule: &'static str) -> Result<T, WireError> {
        serde_json::from_str(self.raw(field)?).map_err(|_| WireError::Value { field, rule })
    }

    pub(super) fn text(&self, field: &'static str) -> Result<String, WireError> {
        self.value(field, "is a text")
    }

    pub(super) fn number<T: DeserializeOwned>(&self, field: &'static str) -> Result<T, WireError> {
        self.value(field, "is a whole number within the column's range")
    }

    pub(super) fn hex<const N: usize>(&self, field: &'static str) -> Result<[u8; N], WireError> {
        let rule = match N {
            16 => "is 32 lower-case hex digits",
            32 => "is 64 lower-case hex digits",
            _ => "is 128 lower-case hex digits",
        };
        bytes::decode(&self.text(field)?).map_err(|_| WireError::Value { field, rule })
    }

    pub(super) fn log(&self, field: &'static str) -> Result<LogId, WireError> {
        self.hex(field).map(LogId)
    }

    pub(super) fn uuid(&self, field: &'static str) -> Result<Uuid, WireError> {
        let text = self.text(field)?;
        let id = Uuid::try_parse(&text).ok().filter(|id| id.to_string() == text);
        id.ok_or(WireError::Value { field, rule: "is a lower-case UUID with hyphens" })
    }

    pub(super) fn clock(&self, field: &'static str) -> Result<u64, WireError> {
        clock::parse(&self.text(field)?).ok_or(WireError::Value { field, rule: "is 16 lower-case hex digits" })
    }

    /// Reads a member with `read` unless it is `null`. An absent member is refused all the same.
    pub(super) fn nullable<T>(
        &self,
        field: &'static str,
        read: impl Fn(&Self, &'static str) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        if self.raw(field)? == "null" { Ok(None) } else { read(self, field).map(Some) }
    }

    fn raw(&self, field: &'static str) -> Result<&'a str, WireError> {
        let found = self.0.iter().find(|(name, _)| name == field);
        found.map(|(_, value)| value.get()).ok_or(WireError::Missing { field })
    }
}

/// A foreign name in an error message is cut, so that a line can't fill a log file.
fn shorten(name: &str) -> String {
    name.chars().take(32).collect()
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(18);
        while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
            if fields.len() == MEMBERS_MAX {
                return Err(A::Error::custom("too many members"));
            }
            fields.push(member);
        }
        Ok(Fields(fields))
    }
}
