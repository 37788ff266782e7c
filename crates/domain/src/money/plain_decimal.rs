//! Decimal numbers as text: an optional minus, digits, and at most one point between digits.

use rust_decimal::Decimal;

/// Digits that a text may have, without sign and point. 28 is what [`Decimal`] holds for certain.
const MAX_DIGITS: usize = 28;

/// Why a text is not a plain decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlainDecimalError {
    /// Something else than `-`, digits and one point between digits: also an exponent, a plus, a space, a comma.
    #[error("write a decimal number such as 3.80 or -2")]
    Malformed,
    /// More digits than can be held exactly.
    #[error("at most {MAX_DIGITS} digits are allowed")]
    TooManyDigits,
}

/// Reads a decimal number exactly.
///
/// The grammar is stricter than [`Decimal`]'s own (which takes `1_000`, `.5` and `+1`), so that a number means the
/// same to every program that reads it.
///
/// # Errors
/// [`PlainDecimalError`] if the text has another form or too many digits.
pub fn parse_plain_decimal(text: &str) -> Result<Decimal, PlainDecimalError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return Err(PlainDecimalError::Malformed),
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || !digits().all(|byte| byte.is_ascii_digit()) {
        return Err(PlainDecimalError::Malformed);
    }
    if whole.len() + fraction.len() > MAX_DIGITS {
        return Err(PlainDecimalError::TooManyDigits);
    }
    let magnitude = digits().fold(0_i128, |sum, byte| sum * 10 + i128::from(byte - b'0'));
    let scale = u32::try_from(fraction.len()).expect("at most 28 digits");
    let signed = if negative { -magnitude } else { magnitude };
    Ok(Decimal::try_from_i128_with_scale(signed, scale).expect("28 digits and a scale of 28 fit into 96 bits"))
}

/// Reads a JSON string through a parser of ours, with or without an allocation by the format.
pub(super) struct TextVisitor<F> {
    expected: &'static str,
    parse: F,
}

impl<F> TextVisitor<F> {
    pub(super) fn new(expected: &'static str, parse: F) -> Self {
        Self { expected, parse }
    }
}

impl<T, E: std::fmt::Display, F: FnOnce(&str) -> Result<T, E>> serde::de::Visitor<'_> for TextVisitor<F> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<D: serde::de::Error>(self, text: &str) -> Result<T, D> {
        (self.parse)(text).map_err(D::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_read_exactly() {
        for (text, mantissa, scale) in [
            ("0", 0, 0),
            ("3.80", 380, 2),
            ("-0.005", -5, 3),
            ("007", 7, 0),
            ("9999999999999999999999999999", 9_999_999_999_999_999_999_999_999_999, 0),
            ("0.000000000000000000000000001", 1, 27),
        ] {
            let read = parse_plain_decimal(text).unwrap();
            assert_eq!((read.mantissa(), read.scale()), (mantissa, scale), "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in
            ["", "-", ".", "1.", ".5", "+1", "1e3", "1_000", "1,5", " 1", "1 ", "--1", "1.2.3", "NaN", "٣", "0x1"]
        {
            assert_eq!(parse_plain_decimal(text), Err(PlainDecimalError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn more_digits_than_can_be_held_are_refused() {
        assert_eq!(parse_plain_decimal(&"9".repeat(29)), Err(PlainDecimalError::TooManyDigits));
        assert_eq!(parse_plain_decimal(&format!("0.{}", "0".repeat(40))), Err(PlainDecimalError::TooManyDigits));
    }
}
