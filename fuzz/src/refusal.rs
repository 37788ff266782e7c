//! What a refusal must be, whoever refuses: it names field and rule, in a length that a screen and a log can take.

use docket_contracts::ApiError;

/// Longest field or place, in characters.
const FIELD_CHARS_MAX: usize = 2_000;
/// Longest rule, in characters. A rule may quote what was written, but never all of it.
const RULE_CHARS_MAX: usize = 1_500;

/// Holds a refusal to it.
pub(crate) fn check(field: &str, rule: &str) {
    assert!(!rule.trim().is_empty(), "the refusal of {field:?} names no rule");
    assert!(rule.chars().count() <= RULE_CHARS_MAX, "{field}: a rule of {} characters", rule.chars().count());
    assert!(field.chars().count() <= FIELD_CHARS_MAX, "a field of {} characters", field.chars().count());
}

/// The same for an error of a call.
pub(crate) fn check_api(error: &ApiError) {
    check(&error.field, &error.rule);
}
