//! A JSON value that knows its path, so that a fault can name its field.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::money::{PlainDecimalError, parse_plain_decimal};
use crate::pricing::error::{PricingError, Rule};

/// A value somewhere in an order. It is kept as text, because a JSON number read as a float would lose digits.
pub(super) struct Node<'a> {
    raw: &'a RawValue,
    path: String,
}

/// The fields of an object; those that are null count as absent.
pub(super) struct Fields<'a> {
    fields: HashMap<String, &'a RawValue>,
    path: String,
}

impl<'a> Node<'a> {
    pub fn root(raw: &'a RawValue) -> Self {
        Self { raw, path: String::new() }
    }

    pub fn fault(&self, rule: Rule) -> PricingError {
        PricingError::new(if self.path.is_empty() { "$" } else { self.path.as_str() }, rule)
    }

    fn wrong(&self, expected: &'static str) -> PricingError {
        self.fault(Rule::WrongType { expected })
    }

    pub fn is_list(&self) -> bool {
        self.raw.get().starts_with('[')
    }

    pub fn fields(&self) -> Result<Fields<'a>, PricingError> {
        let fields: HashMap<String, &'a RawValue> =
            serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("an object"))?;
        Ok(Fields { fields, path: self.path.clone() })
    }

    pub fn items(&self, max: usize) -> Result<Vec<Self>, PricingError> {
        let items: Vec<&'a RawValue> = serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("a list"))?;
        if items.len() > max {
            return Err(self.fault(Rule::TooMany { max }));
        }
        let path = |index| format!("{}[{index}]", self.path);
        Ok(items.into_iter().enumerate().map(|(index, raw)| Node { raw, path: path(index) }).collect())
    }

    pub fn text(&self) -> Result<String, PricingError> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("a text"))
    }

    pub fn boolean(&self) -> Result<bool, PricingError> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("true or false"))
    }

    /// A decimal string, or a plainly written JSON number.
    pub fn decimal(&self) -> Result<Decimal, PricingError> {
        let parsed = match self.raw.get().as_bytes().first() {
            Some(b'"') => parse_plain_decimal(&self.text()?),
            Some(b'-' | b'0'..=b'9') => parse_plain_decimal(self.raw.get()),
            _ => return Err(self.wrong("a decimal number as a text, such as \"3.80\"")),
        };
        parsed.map_err(|error| {
            self.fault(match error {
                PlainDecimalError::Malformed => Rule::NotANumber,
                PlainDecimalError::TooManyDigits => Rule::TooManyDigits { max: 28 },
            })
        })
    }

    /// One of the words given.
    pub fn word<T: Copy>(&self, allowed: &'static str, words: &[(&str, T)]) -> Result<T, PricingError> {
        let text = self.text()?;
        let known = words.iter().find(|(word, _)| *word == text);
        known.map(|(_, value)| *value).ok_or_else(|| self.fault(Rule::UnknownValue { allowed }))
    }
}

impl<'a> Fields<'a> {
    pub fn optional(&self, name: &str) -> Option<Node<'a>> {
        let raw = self.fields.get(name).filter(|raw| raw.get() != "null")?;
        Some(Node { raw, path: self.path_of(name) })
    }

    pub fn required(&self, name: &str) -> Result<Node<'a>, PricingError> {
        self.optional(name).ok_or_else(|| PricingError::new(self.path_of(name), Rule::Required))
    }

    pub fn boolean(&self, name: &str, default: bool) -> Result<bool, PricingError> {
        self.optional(name).map_or(Ok(default), |node| node.boolean())
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}
