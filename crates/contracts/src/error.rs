//! The closed list of error codes, and the one shape in which a host reports an error.

use docket_domain::money::Money;
use docket_domain::order::OrderStatus;
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::view::MenuRemark;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal, $status:literal;)+) => {
        /// Why a call was refused or failed. The list only grows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
        pub enum ErrorCode { $($(#[doc = $doc])* #[serde(rename = $text)] $variant,)+ }

        impl ErrorCode {
            /// Every code, in the order of the docs.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)+];

            /// The text of the code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $text,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn http_status(self) -> u16 {
                match self { $(ErrorCode::$variant => $status,)+ }
            }

            /// What it means, for the generated docs.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$variant => concat!($($doc,)*),)+ }
            }
        }
    };
}

error_codes! {
    /// A field is missing, of the wrong type, unknown, or the body is no JSON.
    BadInput = "bad_input", 400;
    /// There is no command of that name.
    UnknownCommand = "unknown_command", 404;
    /// There is no query of that name.
    UnknownQuery = "unknown_query", 404;
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large", 413;
    /// The request's Host header is not this loopback address.
    HostNotAllowed = "host_not_allowed", 403;
    /// The request comes from another origin.
    OriginNotAllowed = "origin_not_allowed", 403;
    /// The token of this start is missing or wrong.
    TokenRequired = "token_required", 401;
    /// No session, or one that has ended: sign in.
    SessionRequired = "session_required", 401;
    /// The PIN is wrong.
    WrongPin = "wrong_pin", 401;
    /// Too many wrong PINs: this person waits.
    PersonLocked = "person_locked", 429;
    /// Nobody on the staff has this id.
    UnknownPerson = "unknown_person", 404;
    /// Someone on the staff has this id already.
    PersonExists = "person_exists", 409;
    /// Nobody would be left who may change the staff.
    LastManager = "last_manager", 409;
    /// The staff list is full.
    TooManyPeople = "too_many_people", 422;
    /// The person's role may not do this.
    RoleNotAllowed = "role_not_allowed", 403;
    /// There is no shop yet.
    ShopNotSetUp = "shop_not_set_up", 409;
    /// There is a shop already.
    ShopExists = "shop_exists", 409;
    /// A name is empty or too long.
    NameInvalid = "name_invalid", 422;
    /// A PIN is not 4 to 12 digits.
    PinInvalid = "pin_invalid", 422;
    /// Not an active ISO 4217 currency.
    UnknownCurrency = "unknown_currency", 422;
    /// The currency is not the shop's or not the order's.
    CurrencyMismatch = "currency_mismatch", 422;
    /// Orders were taken in the shop's currency.
    CurrencyInUse = "currency_in_use", 409;
    /// The menu is in another currency: one in the new currency must come with the change.
    MenuNeeded = "menu_needed", 409;
    /// Not an IANA time zone.
    UnknownTimeZone = "unknown_time_zone", 422;
    /// No sample menu has this id.
    UnknownSample = "unknown_sample", 422;
    /// The menu has faults; nothing was imported.
    MenuFault = "menu_fault", 422;
    /// An amount is no decimal number.
    AmountInvalid = "amount_invalid", 422;
    /// An amount has more decimals than the currency, or a quantity more than three.
    TooManyDecimals = "too_many_decimals", 422;
    /// The cursor is not one that this query gave.
    CursorInvalid = "cursor_invalid", 400;
    /// A limit is outside its range.
    LimitOutOfRange = "limit_out_of_range", 422;
    /// The order has moved since the version named.
    StaleVersion = "stale_version", 409;
    /// The command id was used before with other content.
    CommandIdReused = "command_id_reused", 409;
    /// Another process has the store open.
    StoreLocked = "store_locked", 423;
    /// A newer program wrote the store.
    StoreNewer = "store_newer", 503;
    /// The store can only be read.
    StoreReadOnly = "store_read_only", 503;
    /// The disk is full; nothing was written.
    DiskFull = "disk_full", 507;
    /// The store failed; nothing was written that was not acknowledged.
    StoreFailed = "store_failed", 500;
    /// Too many commands wait; try again.
    Busy = "busy", 503;
    /// The program is ending.
    ShuttingDown = "shutting_down", 503;
    /// There is no order with this id.
    OrderNotFound = "order_not_found", 404;
    /// There is an order with this id already.
    OrderExists = "order_exists", 409;
    /// The order has no line with this id.
    LineNotFound = "line_not_found", 404;
    /// The order has a line with this id already.
    LineExists = "line_exists", 409;
    /// The line was voided.
    LineVoided = "line_voided", 409;
    /// The kitchen has the line: void it with a reason instead.
    LineInKitchen = "line_in_kitchen", 409;
    /// The guest has the line.
    LineHandedOver = "line_handed_over", 409;
    /// The kitchen does not have the line.
    LineNotFired = "line_not_fired", 409;
    /// The line is not ready.
    LineNotReady = "line_not_ready", 409;
    /// The order's status does not allow this.
    StatusForbids = "status_forbids", 409;
    /// A completed order is never cancelled: it is refunded.
    OrderCompleted = "order_completed", 409;
    /// Money was taken: refund it first.
    PaymentCaptured = "payment_captured", 409;
    /// The guest has a part of the order.
    PartHandedOver = "part_handed_over", 409;
    /// A reason is needed once the kitchen has it.
    ReasonRequired = "reason_required", 422;
    /// A text is longer than allowed.
    TextTooLong = "text_too_long", 422;
    /// A text is empty or holds control characters.
    TextEmpty = "text_empty", 422;
    /// A quantity is zero or negative.
    QuantityNotPositive = "quantity_not_positive", 422;
    /// A quantity is larger than allowed.
    QuantityTooLarge = "quantity_too_large", 422;
    /// The part that moves must be smaller than the line's quantity.
    SplitQuantity = "split_quantity", 422;
    /// An order has no more lines than that.
    TooManyLines = "too_many_lines", 422;
    /// A line has no more modifiers than that.
    TooManyModifiers = "too_many_modifiers", 422;
    /// The lines together cost more than the till handles.
    OrderTooLarge = "order_too_large", 422;
    /// A price or sum is beyond what the till handles.
    PriceOutOfRange = "price_out_of_range", 422;
    /// The order has no live line.
    OrderEmpty = "order_empty", 409;
    /// There is nothing that this command could act on.
    NothingToDo = "nothing_to_do", 409;
    /// The change is unknown.
    ChangeNotFound = "change_not_found", 404;
    /// Something is still to pay.
    BalanceOpen = "balance_open", 409;
    /// Nothing is to pay.
    NothingToPay = "nothing_to_pay", 409;
    /// The guest handed over less than the amount.
    TenderedTooSmall = "tendered_too_small", 422;
    /// The amount is not positive, or more than the balance.
    PaymentAmount = "payment_amount", 422;
    /// There is a payment with this id and other content.
    PaymentExists = "payment_exists", 409;
    /// The order has no payment with this id.
    PaymentNotFound = "payment_not_found", 404;
    /// The receipt series' grand total is used up.
    GrandTotalExhausted = "grand_total_exhausted", 409;
    /// Another device owns the order.
    NotOwner = "not_owner", 409;
    /// A newer program wrote the order: update this one before it takes money.
    UpdateNeeded = "update_needed", 409;
    /// The order can not be priced.
    PricingFailed = "pricing_failed", 422;
    /// The exception is unknown.
    ExceptionNotFound = "exception_not_found", 404;
    /// The exception is closed.
    ExceptionClosed = "exception_closed", 409;
    /// All of the payment went back already.
    PaymentRefunded = "payment_refunded", 409;
    /// The amount is not positive, or more than what is left of the payment.
    RefundAmount = "refund_amount", 422;
    /// There is a payment with this id, or a refund with this id and other content.
    RefundExists = "refund_exists", 409;
    /// Nobody sits, or the number is absurd.
    CoversOutOfRange = "covers_out_of_range", 422;
    /// The catalogue has no such product.
    UnknownProduct = "unknown_product", 422;
    /// The product has no such modifier group.
    UnknownModifierGroup = "unknown_modifier_group", 422;
    /// The group has no such option.
    UnknownModifier = "unknown_modifier", 422;
    /// A group lacks a choice that it forces.
    ModifierMissing = "modifier_missing", 422;
    /// A group has more choices than it allows.
    ModifierForbidden = "modifier_forbidden", 422;
    /// A modifier is chosen zero or too many times.
    ModifierCountOutOfRange = "modifier_count_out_of_range", 422;
    /// An open price must be given.
    PriceRequired = "price_required", 422;
    /// The price of this product is not open.
    PriceNotOpen = "price_not_open", 422;
    /// A price is negative.
    PriceNegative = "price_negative", 422;
    /// A price is larger than allowed.
    PriceTooLarge = "price_too_large", 422;
    /// A note is longer than allowed.
    NoteTooLong = "note_too_long", 422;
    /// This till is enrolled at a head office already.
    AlreadyEnrolled = "already_enrolled", 409;
    /// Head office can't be reached.
    HeadOfficeUnreachable = "head_office_unreachable", 502;
    /// Head office does not take this till in.
    EnrolmentRefused = "enrolment_refused", 422;
    /// The code is one of another store, and orders are not done here.
    OrdersOpen = "orders_open", 409;
    /// The order is of the store that this till was in before.
    OrderArchived = "order_archived", 409;
}

impl std::str::FromStr for ErrorCode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ErrorCode::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(())
    }
}

/// An error as every host reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type, thiserror::Error)]
#[error("{rule}")]
pub struct ApiError {
    /// Closed list; screens branch on it.
    pub code: ErrorCode,
    /// The input field concerned, such as `lines[0].quantity`; empty where none is.
    pub field: String,
    /// The rule that was broken, as a sentence that names the limit.
    pub rule: String,
    /// Whether the same call may succeed later unchanged.
    pub retryable: bool,
    /// Further facts: all menu faults, the version now, the time a lock ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// The faults of a menu.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<MenuRemark>,
    /// What the rule speaks of, for a screen that says it in words of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Box<Params>>,
}

/// The figures and names of a rule. A code sets those that it has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Params {
    /// The most that is allowed: characters, decimals, lines, choices, units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// The least that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<u32>,
    /// The money concerned: what is open, or the most that is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The product, the group of choices or the currency concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the order stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    /// When it ends, milliseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[specta(type = Option<Number>)]
    pub until_ms: Option<i64>,
}

impl ApiError {
    /// An error that repeats of the call will not mend.
    #[must_use]
    pub fn new(code: ErrorCode, field: impl Into<String>, rule: impl Into<String>) -> Self {
        let retryable = matches!(code, ErrorCode::Busy | ErrorCode::ShuttingDown | ErrorCode::DiskFull);
        ApiError {
            code,
            field: cut(field.into(), FIELD_CHARS_MAX),
            rule: cut(rule.into(), RULE_CHARS_MAX),
            retryable,
            details: Vec::new(),
            faults: Vec::new(),
            params: None,
        }
    }

    /// The same error with what its rule speaks of.
    #[must_use]
    pub fn with(self, params: Params) -> Self {
        if params == Params::default() { self } else { ApiError { params: Some(Box::new(params)), ..self } }
    }
}

/// Characters of a field. A path names what a client called its fields.
const FIELD_CHARS_MAX: usize = 300;
/// Characters of a rule. Some quote what a client wrote, which may be as long as a body; a screen and a log are not.
const RULE_CHARS_MAX: usize = 1_000;

fn cut(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn a_rule_that_quotes_a_whole_body_is_cut() {
        let error = super::ApiError::new(ErrorCode::BadInput, "é".repeat(5_000), "é".repeat(5_000));
        assert_eq!((error.field.chars().count(), error.rule.chars().count()), (301, 1_001));
        assert!(error.field.ends_with("é…") && error.rule.ends_with("é…"));
        assert_eq!(super::ApiError::new(ErrorCode::BadInput, "a", "b").rule, "b");
    }

    #[test]
    fn params_stand_in_an_error_only_where_there_are_some() {
        let plain = super::ApiError::new(ErrorCode::TextTooLong, "note", "too long");
        let text = |error| serde_json::to_value(error).expect("an error is JSON");
        assert!(text(plain.clone().with(super::Params::default())).get("params").is_none());
        let limited = plain.with(super::Params { most: Some(40), ..super::Params::default() });
        assert_eq!(text(limited)["params"], serde_json::json!({ "most": 40 }));
    }

    #[test]
    fn every_rejection_of_the_domain_has_its_code() {
        let rejections =
            docket_domain::order::Rejection::CODES.iter().chain(docket_domain::catalog::CatalogRejection::CODES);
        for code in rejections {
            assert!(code.parse::<ErrorCode>().is_ok(), "{code} is missing in the list of error codes");
        }
    }
}
