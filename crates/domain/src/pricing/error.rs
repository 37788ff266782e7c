//! Why a document has no price. Each error names the field by its path and the rule that it breaks.

/// A fault in a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct PricingError {
    /// Path of the field, such as `lines[2].unit_price`; `$` is the whole document.
    pub field: String,
    /// The rule that it breaks.
    pub rule: Rule,
}

impl PricingError {
    pub(super) fn new(field: impl Into<String>, rule: Rule) -> Self {
        Self { field: field.into(), rule }
    }
}

/// A rule of documents. The text is written for an integrator, the code for a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The text is not JSON.
    #[error("not valid JSON at line {line}, column {column}")]
    MalformedJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at the end of a line.
        column: usize,
    },
    /// The value is of another JSON type.
    #[error("must be {expected}")]
    WrongType {
        /// What is expected here.
        expected: &'static str,
    },
    /// The field is missing or null.
    #[error("is required")]
    Required,
    /// The value is not one of the words that the field knows.
    #[error("must be one of {allowed}")]
    UnknownValue {
        /// The words, separated by commas.
        allowed: &'static str,
    },
    /// The text or number is not a plain decimal.
    #[error("must be a plain decimal number such as 3.80 or -2, without exponent")]
    NotANumber,
    /// The number has more digits than can be read exactly.
    #[error("must have at most {max} digits")]
    TooManyDigits {
        /// The number allowed.
        max: u32,
    },
    /// The value must count whole things.
    #[error("must be a whole number")]
    NotWhole,
    /// The value has more decimals than the field takes.
    #[error("must have at most {max} decimals")]
    TooManyDecimals {
        /// The number allowed.
        max: u32,
    },
    /// The magnitude is beyond the field's limit.
    #[error("must not be larger than {max} in magnitude")]
    TooLarge {
        /// The largest magnitude.
        max: i64,
    },
    /// The value is below zero where the rule knows only magnitudes.
    #[error("must not be negative")]
    Negative,
    /// A tax rate lies outside its range.
    #[error("must lie between 0 and 100 percent")]
    RateOutOfRange,
    /// The step of the currency is zero or below.
    #[error("must be greater than zero")]
    NotPositive,
    /// The code is not that of an active ISO 4217 currency, and no dp says how many decimals it has.
    #[error("must be an active ISO 4217 code, or come with dp")]
    UnknownCurrency,
    /// No tax of the document has this id.
    #[error("must be the id of one of the document's taxes")]
    UnknownTax,
    /// The id or the tax stands there twice.
    #[error("must not stand there twice")]
    Duplicate,
    /// The list is too long.
    #[error("must have at most {max} entries")]
    TooMany {
        /// The number allowed.
        max: usize,
    },
    /// The text is too long.
    #[error("must have at most {max} characters")]
    TextTooLong {
        /// The number allowed.
        max: usize,
    },
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// A sum is larger than any amount of money.
    #[error("a sum is beyond {max} minor units")]
    ResultTooLarge {
        /// The largest result.
        max: i64,
    },
}

impl Rule {
    /// The rule's name for programs; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedJson { .. } => "malformed_json",
            Self::WrongType { .. } => "wrong_type",
            Self::Required => "required",
            Self::UnknownValue { .. } => "unknown_value",
            Self::NotANumber => "not_a_number",
            Self::TooManyDigits { .. } => "too_many_digits",
            Self::NotWhole => "not_whole",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::TooLarge { .. } => "too_large",
            Self::Negative => "negative",
            Self::RateOutOfRange => "rate_out_of_range",
            Self::NotPositive => "not_positive",
            Self::UnknownCurrency => "unknown_currency",
            Self::UnknownTax => "unknown_tax",
            Self::Duplicate => "duplicate",
            Self::TooMany { .. } => "too_many",
            Self::TextTooLong { .. } => "text_too_long",
            Self::Empty => "empty",
            Self::ResultTooLarge { .. } => "result_too_large",
        }
    }
}
