//! Reading an object field by field: what is missing, of another type, stated twice or unknown is said with its place.

use std::collections::BTreeSet;

use super::fault::ImportProblem;
use super::findings::{Findings, quoted};
use super::json::Json;
use super::place::Place;
use super::words::{MenuShape, MenuUnit};
use crate::catalog::limits::{MAX_ID_BYTES, MAX_NAME_CHARS, MAX_PRICE_MINOR};
use crate::money::{Currency, Money, MoneyError, TaxRate};

const DECIMAL_STRING: ImportProblem = ImportProblem::WrongType { expected: MenuShape::Decimal };

/// An object that is being read. A reader returns `None` where there is nothing to use; if that is a fault, it is
/// noted.
pub(super) struct Fields<'j, 'p> {
    fields: &'j [(String, Json)],
    taken: Vec<bool>,
    pub(super) place: &'p Place<'p>,
}

impl<'j, 'p> Fields<'j, 'p> {
    pub(super) fn open(json: &'j Json, place: &'p Place<'p>, findings: &mut Findings) -> Option<Self> {
        let Json::Object(fields) = json else {
            findings.fault(place, ImportProblem::WrongType { expected: MenuShape::Object });
            return None;
        };
        let mut names = BTreeSet::new();
        for (name, _) in fields {
            if !names.insert(name) {
                findings.fault(&place.field(name), ImportProblem::StatedTwice);
            }
        }
        Some(Self { fields, taken: vec![false; fields.len()], place })
    }

    /// The field's value; null is as good as none.
    pub(super) fn take(&mut self, name: &str) -> Option<&'j Json> {
        let place = self.fields.iter().position(|(field, _)| field == name)?;
        self.taken[place] = true;
        Some(&self.fields[place].1).filter(|value| **value != Json::Null)
    }

    /// The field's value, which must be there.
    pub(super) fn required(&mut self, name: &str, findings: &mut Findings) -> Option<&'j Json> {
        let value = self.take(name);
        if value.is_none() {
            findings.fault(&self.place.field(name), ImportProblem::Missing);
        }
        value
    }

    /// A name that must be there.
    pub(super) fn name(&mut self, name: &str, findings: &mut Findings) -> Option<&'j str> {
        let value = self.required(name, findings)?;
        checked_text(value, &self.place.field(name), findings)
    }

    /// A name that may be there.
    pub(super) fn optional_name(&mut self, name: &str, findings: &mut Findings) -> Option<&'j str> {
        let value = self.take(name)?;
        checked_text(value, &self.place.field(name), findings)
    }

    /// An id that must be there.
    pub(super) fn id(&mut self, findings: &mut Findings) -> Option<&'j str> {
        let value = self.required("id", findings)?;
        checked_id(value, &self.place.field("id"), findings)
    }

    /// An id that may be there.
    pub(super) fn optional_id(&mut self, findings: &mut Findings) -> Option<&'j str> {
        let value = self.take("id")?;
        checked_id(value, &self.place.field("id"), findings)
    }

    /// A price that may be there, in minor units.
    pub(super) fn optional_price(&mut self, name: &str, currency: Currency, findings: &mut Findings) -> Option<i64> {
        let value = self.take(name)?;
        checked_price(value, &self.place.field(name), currency, findings)
    }

    /// A price that must be there, in minor units.
    pub(super) fn price(&mut self, name: &str, currency: Currency, findings: &mut Findings) -> Option<i64> {
        let value = self.required(name, findings)?;
        checked_price(value, &self.place.field(name), currency, findings)
    }

    /// A percentage that may be there.
    pub(super) fn optional_rate(&mut self, name: &str, findings: &mut Findings) -> Option<TaxRate> {
        let value = self.take(name)?;
        let place = self.place.field(name);
        let Json::Text(text) = value else {
            findings.fault(&place, DECIMAL_STRING);
            return None;
        };
        let problem = match TaxRate::parse(text) {
            Ok(rate) => return Some(rate),
            Err(MoneyError::NotANumber { .. }) => ImportProblem::NotANumber { text: quoted(text) },
            Err(_) => ImportProblem::RateOutOfRange { text: quoted(text) },
        };
        findings.fault(&place, problem);
        None
    }

    /// A whole number that may be there.
    pub(super) fn whole_number(&mut self, name: &str, findings: &mut Findings) -> Option<u32> {
        let value = self.take(name)?;
        let number = match value {
            Json::Whole(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        if number.is_none() {
            let expected = MenuShape::WholeNumber;
            findings.fault(&self.place.field(name), ImportProblem::WrongType { expected });
        }
        number
    }

    /// A yes or no that may be there.
    pub(super) fn flag(&mut self, name: &str, findings: &mut Findings) -> Option<bool> {
        match self.take(name)? {
            Json::Bool(value) => Some(*value),
            _ => {
                findings.fault(&self.place.field(name), ImportProblem::WrongType { expected: MenuShape::TrueOrFalse });
                None
            }
        }
    }

    /// A list that may be there, with at most `max` entries.
    pub(super) fn list(&mut self, name: &str, max: usize, findings: &mut Findings) -> Option<&'j [Json]> {
        let value = self.take(name)?;
        let problem = match value {
            Json::List(entries) if entries.len() <= max => return Some(entries),
            Json::List(_) => ImportProblem::TooMany { max },
            _ => ImportProblem::WrongType { expected: MenuShape::List },
        };
        findings.fault(&self.place.field(name), problem);
        None
    }

    /// Lists what was not taken: fields that only inform, and unknown ones.
    pub(super) fn finish(self, informational: &[&str], findings: &mut Findings) {
        for ((name, value), _) in self.fields.iter().zip(&self.taken).filter(|(_, taken)| !**taken) {
            let place = self.place.field(name);
            if informational.contains(&name.as_str()) {
                findings.noted(&place, value);
            } else {
                findings.unknown(&place);
            }
        }
    }
}

/// A text for people.
pub(super) fn checked_text<'j>(value: &'j Json, place: &Place<'_>, findings: &mut Findings) -> Option<&'j str> {
    let Json::Text(text) = value else {
        findings.fault(place, ImportProblem::WrongType { expected: MenuShape::Text });
        return None;
    };
    let problem = if text.trim().is_empty() {
        ImportProblem::Empty
    } else if text.chars().count() > MAX_NAME_CHARS {
        ImportProblem::TooLong { max: MAX_NAME_CHARS, unit: MenuUnit::Characters }
    } else if text.chars().any(char::is_control) {
        ImportProblem::ControlCharacters
    } else {
        return Some(text);
    };
    findings.fault(place, problem);
    None
}

fn checked_id<'j>(value: &'j Json, place: &Place<'_>, findings: &mut Findings) -> Option<&'j str> {
    let text = checked_text(value, place, findings)?;
    if text.len() > MAX_ID_BYTES {
        findings.fault(place, ImportProblem::TooLong { max: MAX_ID_BYTES, unit: MenuUnit::Bytes });
        return None;
    }
    Some(text)
}

/// A price in minor units: not negative, not absurd, with no more decimals than the currency has.
pub(super) fn checked_price(
    value: &Json,
    place: &Place<'_>,
    currency: Currency,
    findings: &mut Findings,
) -> Option<i64> {
    let Json::Text(text) = value else {
        findings.fault(place, DECIMAL_STRING);
        return None;
    };
    let out_of_range = || ImportProblem::OutOfRange {
        text: quoted(text),
        least: "0",
        most: Money::new(MAX_PRICE_MINOR, currency).to_decimal_string(),
    };
    let problem = match Money::parse(text, currency) {
        Ok(price) if (0..=MAX_PRICE_MINOR).contains(&price.minor()) => return Some(price.minor()),
        Err(MoneyError::NotANumber { .. }) => ImportProblem::NotANumber { text: quoted(text) },
        Err(MoneyError::TooManyDecimals { .. }) => {
            ImportProblem::TooManyDecimals { text: quoted(text), currency: currency.code() }
        }
        _ => out_of_range(),
    };
    findings.fault(place, problem);
    None
}
