//! A postal address, as much of it as a delivery or an invoice needs.

use serde::{Deserialize, Serialize};

/// Where someone lives or takes delivery. At least one line is given; every other part may be empty.
///
/// The parts are trimmed, bounded and free of control characters, so that a label or a receipt can print them as they
/// are. An address is personal: in the log it stands only as ciphertext.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, specta::Type)]
pub struct Address {
    lines: Vec<String>,
    postal_code: String,
    city: String,
    country: String,
}

/// Why an address was refused. Each names the part and the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No line has any text.
    #[error("lines: an address needs at least one line")]
    NoLine,
    /// There are more lines than a label has room for.
    #[error("lines: at most {max} lines are allowed")]
    TooManyLines {
        /// The number allowed.
        max: usize,
    },
    /// A part is too long.
    #[error("{field}: at most {max} characters are allowed")]
    TooLong {
        /// The part.
        field: &'static str,
        /// The number of characters allowed.
        max: usize,
    },
    /// A part holds a line break or another control character.
    #[error("{field}: control characters are not allowed")]
    ControlCharacter {
        /// The part.
        field: &'static str,
    },
    /// The country is not a two-letter code.
    #[error("country: write the two capital letters of ISO 3166, or nothing")]
    NotACountryCode,
}

impl Address {
    /// Lines that an address may have.
    pub const MAX_LINES: usize = 8;
    /// Characters in one line.
    pub const MAX_LINE_CHARS: usize = 120;
    /// Characters in the postal code.
    pub const MAX_POSTAL_CODE_CHARS: usize = 16;
    /// Characters in the name of the city.
    pub const MAX_CITY_CHARS: usize = 100;

    /// An address of these parts, trimmed, without empty lines.
    ///
    /// # Errors
    /// [`AddressError`] names the part and the rule.
    pub fn try_new(lines: &[String], postal_code: &str, city: &str, country: &str) -> Result<Self, AddressError> {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .map(|line| checked("lines", line, Self::MAX_LINE_CHARS))
            .collect::<Result<_, _>>()?;
        if lines.is_empty() {
            return Err(AddressError::NoLine);
        }
        if lines.len() > Self::MAX_LINES {
            return Err(AddressError::TooManyLines { max: Self::MAX_LINES });
        }
        let country = country.trim();
        if !(country.is_empty() || country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())) {
            return Err(AddressError::NotACountryCode);
        }
        Ok(Self {
            lines,
            postal_code: checked("postal_code", postal_code, Self::MAX_POSTAL_CODE_CHARS)?,
            city: checked("city", city, Self::MAX_CITY_CHARS)?,
            country: country.to_owned(),
        })
    }

    /// The address that somebody wrote as one text of up to 800 characters: its lines, or where they are too many or too long, its
    /// text broken anew. `None` if nothing is in it.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return None;
        }
        let fits =
            lines.len() <= Self::MAX_LINES && lines.iter().all(|line| line.chars().count() <= Self::MAX_LINE_CHARS);
        let lines = if fits { lines } else { broken(&lines.join(", ")) };
        Some(Self { lines, postal_code: String::new(), city: String::new(), country: String::new() })
    }

    /// Street, house, floor: from the most to the least precise, at least one.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The postal code, or nothing.
    #[must_use]
    pub fn postal_code(&self) -> &str {
        &self.postal_code
    }

    /// The city, or nothing.
    #[must_use]
    pub fn city(&self) -> &str {
        &self.city
    }

    /// The country as two letters of ISO 3166, or nothing.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }
}

/// A line without control characters, trimmed.
fn plain(line: &str) -> String {
    let line: String = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.trim().to_owned()
}

/// Text in lines that are as long as they may be.
fn broken(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let lines = letters.chunks(Address::MAX_LINE_CHARS).map(|line| line.iter().collect::<String>().trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

fn checked(field: &'static str, text: &str, max: usize) -> Result<String, AddressError> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(AddressError::TooLong { field, max });
    }
    if text.chars().any(char::is_control) {
        return Err(AddressError::ControlCharacter { field });
    }
    Ok(text.to_owned())
}

/// An address is personal, so its debug form says nothing of it: logs may print any value.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            lines: Vec<String>,
            #[serde(default)]
            postal_code: String,
            #[serde(default)]
            city: String,
            #[serde(default)]
            country: String,
        }
        let parts = Parts::deserialize(deserializer)?;
        Self::try_new(&parts.lines, &parts.postal_code, &parts.city, &parts.country).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn parts_are_trimmed_and_empty_lines_dropped() {
        let address = Address::try_new(&lines(&[" Hauptstr. 1 ", ""]), " 10115 ", "Berlin", "DE").unwrap();
        assert_eq!(address.lines(), ["Hauptstr. 1"]);
        assert_eq!((address.postal_code(), address.city(), address.country()), ("10115", "Berlin", "DE"));
    }

    #[test]
    fn each_part_is_bounded() {
        let long = "x".repeat(121);
        for (given, expected) in [
            (Address::try_new(&[], "", "", ""), AddressError::NoLine),
            (Address::try_new(&lines(&["a"; 9]), "", "", ""), AddressError::TooManyLines { max: 8 }),
            (Address::try_new(&lines(&[&long]), "", "", ""), AddressError::TooLong { field: "lines", max: 120 }),
            (Address::try_new(&lines(&["a"]), &long, "", ""), AddressError::TooLong { field: "postal_code", max: 16 }),
            (Address::try_new(&lines(&["a"]), "", &long, ""), AddressError::TooLong { field: "city", max: 100 }),
            (Address::try_new(&lines(&["a"]), "", "", "Germany"), AddressError::NotACountryCode),
            (Address::try_new(&lines(&["a"]), "", "a\nb", ""), AddressError::ControlCharacter { field: "city" }),
        ] {
            assert_eq!(given, Err(expected));
        }
    }

    #[test]
    fn a_text_becomes_lines_that_lose_no_letter() {
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
        let written = "1 Main Street\r\n\n Flat\t4 \nSpringfield";
        assert_eq!(Address::from_text(written).unwrap().lines(), ["1 Main Street", "Flat 4", "Springfield"]);
        for odd in ["x ".repeat(250), "y\n".repeat(250), "z".repeat(500), format!("{}\nb", "ä".repeat(498))] {
            let address = Address::from_text(&odd).unwrap();
            assert_eq!(letters(&address.lines().concat()), letters(&odd));
            let json = serde_json::to_string(&address).unwrap();
            assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address, "it keeps its own rules");
        }
        assert_eq!(Address::from_text(" \n\t"), None);
    }

    #[test]
    fn json_is_checked_like_any_other_input() {
        let address: Address = serde_json::from_str(r#"{"lines":["1 Main St"],"city":"Springfield"}"#).unwrap();
        let json = serde_json::to_string(&address).unwrap();
        assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
        assert!(serde_json::from_str::<Address>(r#"{"lines":[]}"#).is_err());
    }
}
