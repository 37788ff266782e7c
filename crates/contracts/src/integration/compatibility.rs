//! What a change of a schema would break for those who read messages by the schema as it was.
//!
//! Messages may grow: a new member disturbs nobody. What was promised stays: a member and its presence, its type and
//! format, the values of a list, its bounds. A value added to a list breaks too, because whoever matched on the list has
//! no case for it.

use serde_json::Value;

/// One broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Where: names of members, `[]` for the items of a list.
    pub path: String,
    /// What was promised and is no more.
    pub rule: String,
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", if self.path.is_empty() { "the data" } else { &self.path }, self.rule)
    }
}

/// Definitions nest no deeper; a schema that refers to itself is not followed further.
const DEPTH_MAX: usize = 32;

/// What `new` breaks for readers of `old`, both whole schemas. Empty means that it is compatible.
#[must_use]
pub fn breaks(old: &Value, new: &Value) -> Vec<Break> {
    let mut comparison = Comparison { old_root: old, new_root: new, found: Vec::new() };
    comparison.compare("", old, new, 0);
    comparison.found
}

struct Comparison<'a> {
    old_root: &'a Value,
    new_root: &'a Value,
    found: Vec<Break>,
}

impl<'a> Comparison<'a> {
    fn broken(&mut self, path: &str, rule: String) {
        self.found.push(Break { path: path.to_owned(), rule });
    }

    fn compare(&mut self, path: &str, old: &'a Value, new: &'a Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        let (old, new) = (resolved(self.old_root, old), resolved(self.new_root, new));
        self.types(path, old, new);
        self.values(path, old, new);
        self.bounds(path, old, new);
        self.members(path, old, new, depth);
        if let Some(old_items) = old.get("items") {
            match new.get("items") {
                Some(new_items) => self.compare(&format!("{path}[]"), old_items, new_items, depth + 1),
                None => self.broken(path, "its items are no longer described".to_owned()),
            }
        }
        self.variants(path, old, new, depth);
    }

    fn types(&mut self, path: &str, old: &Value, new: &Value) {
        let (old_types, new_types) = (types(old), types(new));
        if old_types.is_empty() {
            return;
        }
        let added: Vec<&str> = new_types.iter().copied().filter(|name| !old_types.contains(name)).collect();
        if new_types.is_empty() || !added.is_empty() {
            let (was, is) =
                (old_types.join(" or "), if new_types.is_empty() { "anything".into() } else { new_types.join(" or ") });
            self.broken(path, format!("its type was {was} and is {is}"));
        }
        let (old_format, new_format) = (old.get("format"), new.get("format"));
        if old_format.is_some() && old_format != new_format {
            self.broken(path, "its format changed".to_owned());
        }
    }

    fn values(&mut self, path: &str, old: &Value, new: &Value) {
        if old.get("const").is_some() && old.get("const") != new.get("const") {
            self.broken(path, "its only value changed".to_owned());
        }
        let Some(old_values) = old.get("enum").and_then(Value::as_array) else { return };
        let Some(new_values) = new.get("enum").and_then(Value::as_array) else {
            return self.broken(path, "its values are no longer listed".to_owned());
        };
        for value in old_values.iter().filter(|value| !new_values.contains(value)) {
            self.broken(path, format!("the value {value} was removed"));
        }
        for value in new_values.iter().filter(|value| !old_values.contains(value)) {
            self.broken(path, format!("the value {value} was added"));
        }
    }

    fn bounds(&mut self, path: &str, old: &Value, new: &Value) {
        let number = |schema: &Value, name: &str| schema.get(name).and_then(Value::as_i64);
        for (name, is_lower) in [("minimum", true), ("minLength", true), ("maximum", false), ("maxLength", false)] {
            let Some(was) = number(old, name) else { continue };
            let kept = number(new, name).is_some_and(|is| if is_lower { is >= was } else { is <= was });
            if !kept {
                self.broken(path, format!("{name} {was} no longer holds"));
            }
        }
    }

    fn members(&mut self, path: &str, old: &'a Value, new: &'a Value, depth: usize) {
        let Some(old_members) = old.get("properties").and_then(Value::as_object) else { return };
        let still_required = required(new);
        for name in required(old).into_iter().filter(|name| !still_required.contains(name)) {
            if new.get("properties").is_some_and(|members| members.get(name).is_some()) {
                self.broken(&joined(path, name), "it was always there and may now be absent".to_owned());
            }
        }
        for (name, old_member) in old_members {
            let path = joined(path, name);
            match new.get("properties").and_then(|members| members.get(name)) {
                Some(new_member) => self.compare(&path, old_member, new_member, depth + 1),
                None => self.broken(&path, "the member was removed".to_owned()),
            }
        }
    }

    /// Each form that a value may take now must be one that it could take before.
    fn variants(&mut self, path: &str, old: &'a Value, new: &'a Value, depth: usize) {
        for word in ["anyOf", "oneOf"] {
            let Some(old_variants) = old.get(word).and_then(Value::as_array) else { continue };
            let Some(new_variants) = new.get(word).and_then(Value::as_array) else {
                self.broken(path, "its forms are no longer listed".to_owned());
                continue;
            };
            for (index, variant) in new_variants.iter().enumerate() {
                let fits = old_variants.iter().any(|old_variant| {
                    let mut inner = Comparison { old_root: self.old_root, new_root: self.new_root, found: Vec::new() };
                    inner.compare(path, old_variant, variant, depth + 1);
                    inner.found.is_empty()
                });
                if !fits {
                    self.broken(path, format!("form {} is none of those that it had", index + 1));
                }
            }
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn required(schema: &Value) -> Vec<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::envelope::{EVENTS, EventKind};
    use super::super::schema::{file_name, schema};
    use super::*;

    fn committed(kind: EventKind) -> Value {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(file_name(kind));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).expect("a committed schema is JSON")
    }

    fn told(old: &Value, new: &Value) -> Vec<String> {
        breaks(old, new).iter().map(Break::to_string).collect()
    }

    #[test]
    fn no_schema_breaks_the_readers_of_the_committed_one() {
        for kind in EVENTS {
            assert_eq!(told(&committed(kind), &schema(kind)), Vec::<String>::new(), "{}", kind.as_str());
        }
    }

    /// Changes the schema of `order.status-changed` at a pointer, as an edit of the bodies would.
    fn edited(pointer: &str, edit: impl FnOnce(&mut Value)) -> Vec<String> {
        let old = schema(EventKind::OrderStatusChanged);
        let mut new = old.clone();
        edit(new.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not in {old:#}")));
        told(&old, &new)
    }

    #[test]
    fn a_member_that_is_removed_or_may_be_absent_is_found() {
        let removed = edited("/$defs/OrderBody/properties", |members| {
            members.as_object_mut().expect("members").remove("due_minor");
        });
        assert_eq!(removed, ["order.due_minor: the member was removed"]);
        let optional = edited("/$defs/PaymentBody/required", |names| {
            names.as_array_mut().expect("names").retain(|name| name != "tender");
        });
        assert_eq!(optional, ["order.payments[].tender: it was always there and may now be absent"]);
    }

    #[test]
    fn another_type_format_or_bound_is_found() {
        let text = edited("/$defs/OrderBody/properties/due_minor/type", |name| *name = "string".into());
        assert_eq!(text, ["order.due_minor: its type was integer and is string"]);
        let nullable = edited("/$defs/LineBody/properties/name/type", |name| *name = json!(["string", "null"]));
        assert_eq!(nullable, ["order.lines[].name: its type was string and is string or null"]);
        let format = edited("/$defs/OrderBody/properties/order_id/format", |name| *name = "hostname".into());
        assert_eq!(format, ["order.order_id: its format changed"]);
        let bound = edited("/$defs/OrderBody/properties/version/minimum", |least| *least = (-1).into());
        assert_eq!(bound, ["order.version: minimum 0 no longer holds"]);
    }

    #[test]
    fn a_value_that_is_removed_or_added_is_found() {
        let fewer = edited("/properties/from/enum", |values| {
            values.as_array_mut().expect("values").retain(|value| value != "ready");
        });
        assert_eq!(fewer, ["from: the value \"ready\" was removed"]);
        let more = edited("/properties/from/enum", |values| {
            values.as_array_mut().expect("values").push("parked".into());
        });
        assert_eq!(more, ["from: the value \"parked\" was added"]);
    }

    #[test]
    fn a_form_that_was_not_there_before_is_found() {
        let old =
            json!({ "anyOf": [{ "type": "object", "properties": { "a": { "type": "string" } } }, { "type": "null" }] });
        let mut new = old.clone();
        new["anyOf"][0]["properties"]["a"]["type"] = "integer".into();
        assert_eq!(told(&old, &new), ["the data: form 1 is none of those that it had"]);
        assert_eq!(told(&old, &json!({ "anyOf": [{ "type": "null" }] })), Vec::<String>::new());
        assert_eq!(told(&old, &json!({})), ["the data: its forms are no longer listed"]);
    }

    #[test]
    fn a_new_member_disturbs_nobody() {
        let added = edited("/$defs/OrderBody/properties", |members| {
            members["tip_minor"] = json!({ "type": "integer" });
        });
        assert_eq!(added, Vec::<String>::new());
        let promised =
            edited("/$defs/OrderBody/required", |names| names.as_array_mut().expect("names").push("tip".into()));
        assert_eq!(promised, Vec::<String>::new());
    }
}
