//! Laws of money as properties.

use proptest::prelude::*;

use super::*;

fn any_currency() -> impl Strategy<Value = Currency> {
    proptest::sample::select(Currency::all().collect::<Vec<_>>())
}

fn any_minor() -> impl Strategy<Value = i64> {
    prop_oneof![-10_000_i64..10_000, -Money::MAX_MINOR..=Money::MAX_MINOR]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(minor in any_minor(), currency in any_currency()) {
        let money = Money::new(minor, currency);
        prop_assert_eq!(Money::parse(&money.to_decimal_string(), currency), Ok(money));
        prop_assert_eq!(Money::try_from_decimal(money.to_decimal(), currency), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn subtraction_undoes_addition(left in any_minor(), right in any_minor(), currency in any_currency()) {
        let (left, right) = (Money::new(left, currency), Money::new(right, currency));
        if let Ok(sum) = left.checked_add(right) {
            prop_assert_eq!(sum.checked_sub(right), Ok(left));
            prop_assert_eq!(right.checked_add(left), Ok(sum));
        }
    }

    #[test]
    fn no_arithmetic_leaves_the_range(left in any::<i64>(), right in any::<i64>(), currency in any_currency()) {
        let (left, right) = (Money::new(left, currency), Money::new(right, currency));
        let results = [
            left.checked_add(right),
            left.checked_sub(right),
            left.checked_neg(),
            left.checked_mul(right.minor()),
        ];
        for money in results.into_iter().flatten() {
            prop_assert!(money.minor().abs() <= Money::MAX_MINOR);
        }
    }

    #[test]
    fn quantities_are_written_and_read_back(thousandths in -Quantity::MAX_THOUSANDTHS..=Quantity::MAX_THOUSANDTHS) {
        let quantity = Quantity::try_from_thousandths(thousandths).unwrap();
        prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
        prop_assert_eq!(Quantity::try_from_decimal(quantity.to_decimal()), Ok(quantity));
        prop_assert_eq!(quantity.negated().negated(), quantity);
    }

    #[test]
    fn a_whole_quantity_multiplies_like_its_count(minor in -10_000_i64..10_000, pieces in -500_i32..500) {
        let money = Money::new(minor, Currency::try_from_code("EUR").unwrap());
        prop_assert_eq!(money.checked_mul_quantity(Quantity::whole(pieces)), money.checked_mul(pieces.into()));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,40}") {
        let _ = Quantity::parse(&text);
        let _ = TaxRate::parse(&text);
        let _ = Currency::try_from_code(&text);
        for currency in Currency::all().take(3) {
            let _ = Money::parse(&text, currency);
        }
    }
}

fn currency(code: &str) -> Currency {
    Currency::try_from_code(code).unwrap()
}

#[test]
fn amounts_are_written_at_the_scale_of_their_currency() {
    for (minor, code, text) in [
        (380, "EUR", "3.80"),
        (-5, "EUR", "-0.05"),
        (380, "JPY", "380"),
        (5, "KWD", "0.005"),
        (12_345, "CLF", "1.2345"),
    ] {
        assert_eq!(Money::new(minor, currency(code)).to_decimal_string(), text);
    }
    let json = serde_json::to_string(&Money::new(380, currency("EUR"))).unwrap();
    assert_eq!(json, r#"{"amount":"3.80","currency":"EUR"}"#);
}

#[test]
fn an_amount_that_cannot_be_held_is_refused() {
    assert_eq!(Money::parse("3.805", currency("EUR")), Err(MoneyError::TooManyDecimals { field: "amount", max: 2 }));
    assert_eq!(Money::parse("1.0", currency("JPY")), Err(MoneyError::TooManyDecimals { field: "amount", max: 0 }));
    assert!(matches!(Money::parse("99999999999999999999", currency("EUR")), Err(MoneyError::OutOfRange { .. })));
    assert!(matches!(Money::parse("3,80", currency("EUR")), Err(MoneyError::NotANumber { .. })));
    assert!(Money::parse("999999999999999.99", currency("EUR")).is_ok());
    assert!(Money::parse("1000000000000000.00", currency("EUR")).is_err());
}

#[test]
fn currencies_do_not_mix() {
    let mixed = Money::new(1, currency("EUR")).checked_add(Money::new(1, currency("USD")));
    assert_eq!(mixed, Err(MoneyError::CurrencyMismatch { left: "EUR", right: "USD" }));
}

#[test]
fn a_quantity_has_three_decimals_at_most() {
    assert_eq!(Quantity::parse("1.2345"), Err(MoneyError::TooManyDecimals { field: "quantity", max: 3 }));
    assert_eq!(Quantity::parse("1.2000").unwrap().to_string(), "1.2");
    assert_eq!(Quantity::parse("-2").unwrap(), Quantity::whole(-2));
    assert!(Quantity::parse("1000000000").is_err());
}

#[test]
fn a_product_that_would_need_rounding_is_refused() {
    let price = Money::new(333, currency("EUR"));
    assert!(price.checked_mul_quantity(Quantity::parse("0.5").unwrap()).is_err());
    assert_eq!(
        Money::new(334, currency("EUR")).checked_mul_quantity(Quantity::parse("0.5").unwrap()),
        Ok(Money::new(167, currency("EUR")))
    );
}
