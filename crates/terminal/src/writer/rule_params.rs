//! What a rejection speaks of, taken out of it, so that a screen can say it in words of its own.

use docket_contracts::Params;
use docket_domain::catalog::{CatalogRejection, limits};
use docket_domain::money::{Currency, Money};
use docket_domain::order::Rejection;

use crate::error::most;

/// Of a command to an order; amounts need the order's currency.
pub(super) fn of_order(rejection: &Rejection, currency: Option<Currency>) -> Params {
    let amount = |minor| Params { amount: currency.map(|currency| Money::new(minor, currency)), ..Params::default() };
    match rejection {
        Rejection::TextTooLong { max, .. } | Rejection::TooManyLines { max } | Rejection::TooManyModifiers { max } => {
            most(*max)
        }
        Rejection::QuantityTooLarge { max } => most(*max),
        Rejection::StatusForbids { status, .. } => Params { status: Some(*status), ..Params::default() },
        Rejection::BalanceOpen { balance_minor } => amount(*balance_minor),
        Rejection::PriceOutOfRange { max_minor }
        | Rejection::PaymentAmount { max_minor, .. }
        | Rejection::RefundAmount { max_minor } => amount(*max_minor),
        _ => Params::default(),
    }
}

/// Of a line that the catalogue refuses.
pub(super) fn of_line(rejection: &CatalogRejection, currency: Currency) -> Params {
    use CatalogRejection as R;
    let named = |name: &String| Params { name: Some(name.clone()), ..Params::default() };
    match rejection {
        R::UnknownModifierGroup { product: name, .. }
        | R::UnknownModifier { group: name, .. }
        | R::PriceRequired { product: name }
        | R::PriceNotOpen { product: name } => named(name),
        R::ModifierMissing { group, min, .. } => Params { least: Some(*min), ..named(group) },
        R::ModifierForbidden { group, max, .. } => Params { most: Some(*max), ..named(group) },
        R::QuantityTooLarge => most(limits::MAX_LINE_QUANTITY),
        R::ModifierCountOutOfRange => most(limits::MAX_CHOICES_PER_GROUP),
        R::TooManyModifiers => most(limits::MAX_SELECTIONS_PER_LINE),
        R::NoteTooLong => most(limits::MAX_NOTE_CHARS),
        R::PriceTooLarge => Params { amount: Some(Money::new(limits::MAX_PRICE_MINOR, currency)), ..Params::default() },
        R::UnknownProduct { .. } | R::QuantityNotPositive | R::PriceNegative => Params::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_an_amount_of_money() {
        let euro: Currency = "EUR".parse().expect("a currency");
        let open = of_order(&Rejection::BalanceOpen { balance_minor: 960 }, Some(euro));
        assert_eq!(open.amount, Some(Money::new(960, euro)));
        assert_eq!(of_order(&Rejection::BalanceOpen { balance_minor: 960 }, None), Params::default());
    }

    #[test]
    fn a_missing_choice_names_its_group() {
        let euro: Currency = "EUR".parse().expect("a currency");
        let missing = CatalogRejection::ModifierMissing { group: "Cup".into(), min: 1, chosen: 0 };
        let params = of_line(&missing, euro);
        assert_eq!((params.name.as_deref(), params.least), (Some("Cup"), Some(1)));
    }
}
