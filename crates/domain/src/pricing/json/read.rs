//! From the fields of an order to a [`Document`].

use std::collections::HashMap;

use rust_decimal::prelude::ToPrimitive;

use super::node::{Fields, Node};
use crate::money::{Currency, MoneyError, TaxRate};
use crate::pricing::document::{Document, Line, LineDiscount, OrderDiscount, Scale, Tax, TaxKind, TaxRef};
use crate::pricing::error::{PricingError, Rule};
use crate::pricing::policy::{InclResidual, Policy, RoundingMode, TaxRounding};
use crate::pricing::{limits, validate};

/// The document that an order in JSON describes.
pub(super) fn document(order: &Node<'_>) -> Result<Document, PricingError> {
    let order = order.fields()?;
    let mut document = Document::new(scale(&order)?, policy(&order)?);
    let mut ids = HashMap::new();
    for node in list(&order, "taxes", limits::MAX_TAXES)? {
        let tax = tax(&node)?;
        if ids.insert(tax.id.clone(), TaxRef(document.taxes.len())).is_some() {
            return Err(node.fields()?.required("id")?.fault(Rule::Duplicate));
        }
        document.taxes.push(tax);
    }
    for node in list(&order, "lines", limits::MAX_LINES)? {
        document.lines.push(line(&node, &ids)?);
    }
    for node in one_or_many(&order, "order_discounts", limits::MAX_ORDER_DISCOUNTS)? {
        document.order_discounts.push(order_discount(&node)?);
    }
    Ok(document)
}

fn list<'a>(fields: &Fields<'a>, name: &str, max: usize) -> Result<Vec<Node<'a>>, PricingError> {
    fields.optional(name).map_or_else(|| Ok(Vec::new()), |node| node.items(max))
}

fn one_or_many<'a>(fields: &Fields<'a>, name: &str, max: usize) -> Result<Vec<Node<'a>>, PricingError> {
    match fields.optional(name) {
        None => Ok(Vec::new()),
        Some(node) if node.is_list() => node.items(max),
        Some(node) => Ok(vec![node]),
    }
}

/// Code, decimals and step. A code that ISO 4217 doesn't know needs `dp`, which says all that pricing has to know.
fn scale(order: &Fields<'_>) -> Result<Scale, PricingError> {
    // The required field is named even where its parent is missing, for that is what has to be filled in.
    let Some(currency) = order.optional("currency") else {
        return Err(PricingError::new("currency.code", Rule::Required));
    };
    let currency = currency.fields()?;
    let code_node = currency.required("code")?;
    let code = code_node.text()?;
    if code.trim().is_empty() {
        return Err(code_node.fault(Rule::Empty));
    }
    let dp = match (currency.optional("dp"), Currency::try_from_code(&code)) {
        (Some(node), _) => {
            let dp = node.decimal()?.normalize();
            if dp.scale() > 0 {
                return Err(node.fault(Rule::NotWhole));
            }
            if dp.is_sign_negative() && !dp.is_zero() {
                return Err(node.fault(Rule::Negative));
            }
            let max = limits::MAX_CURRENCY_DECIMALS;
            dp.to_u32().ok_or_else(|| node.fault(Rule::TooLarge { max: max.into() }))?
        }
        (None, Ok(currency)) => currency.exponent().into(),
        (None, Err(_)) => return Err(code_node.fault(Rule::UnknownCurrency)),
    };
    let step = currency.optional("step").map(|node| node.decimal()).transpose()?;
    Scale::try_new(dp, step)
}

fn policy(order: &Fields<'_>) -> Result<Policy, PricingError> {
    let Some(node) = order.optional("policy") else {
        return Ok(Policy::default());
    };
    let fields = node.fields()?;
    let mut policy = Policy::default();
    if let Some(node) = fields.optional("tax_rounding") {
        policy.tax_rounding = node.word(
            "line, unit, order, order_total_first",
            &[
                ("line", TaxRounding::Line),
                ("unit", TaxRounding::Unit),
                ("order", TaxRounding::Order),
                ("order_total_first", TaxRounding::OrderTotalFirst),
            ],
        )?;
    }
    if let Some(node) = fields.optional("mode") {
        policy.mode = node.word(
            "half_up, half_even, half_down",
            &[
                ("half_up", RoundingMode::HalfUp),
                ("half_even", RoundingMode::HalfEven),
                ("half_down", RoundingMode::HalfDown),
            ],
        )?;
    }
    if let Some(node) = fields.optional("incl_residual") {
        policy.incl_residual = node.word("net, tax", &[("net", InclResidual::Net), ("tax", InclResidual::Tax)])?;
    }
    Ok(policy)
}

fn tax(node: &Node<'_>) -> Result<Tax, PricingError> {
    let fields = node.fields()?;
    let id_node = fields.required("id")?;
    let id = id_node.text()?;
    if id.is_empty() {
        return Err(id_node.fault(Rule::Empty));
    }
    let percent = match fields.optional("kind") {
        Some(kind) => kind.word("percent, fixed_per_unit", &[("percent", true), ("fixed_per_unit", false)])?,
        None => true,
    };
    let kind = if percent {
        let rate = fields.required("rate")?;
        TaxKind::Percent(TaxRate::try_from_percent(rate.decimal()?).map_err(|error| {
            rate.fault(match error {
                MoneyError::TooManyDecimals { max, .. } => Rule::TooManyDecimals { max },
                _ => Rule::RateOutOfRange,
            })
        })?)
    } else {
        TaxKind::FixedPerUnit(fields.required("amount")?.decimal()?)
    };
    Ok(Tax {
        id,
        kind,
        included: fields.boolean("included", false)?,
        compound: fields.boolean("compound", false)?,
        base_affected: fields.boolean("base_affected", true)?,
    })
}

fn line(node: &Node<'_>, ids: &HashMap<String, TaxRef>) -> Result<Line, PricingError> {
    let fields = node.fields()?;
    let unit_price = fields.required("unit_price")?.decimal()?;
    let quantity = fields.required("qty")?.decimal()?;
    let name = fields.optional("name").map(|node| node.text()).transpose()?.unwrap_or_default();
    let modifiers = list(&fields, "modifiers", limits::MAX_MODIFIERS_PER_LINE)?;
    let taxes = list(&fields, "taxes", limits::MAX_TAXES_PER_LINE)?;
    let discounts = one_or_many(&fields, "discount", limits::MAX_DISCOUNTS_PER_LINE)?;
    Ok(Line {
        name,
        unit_price,
        quantity,
        modifiers: modifiers.iter().map(Node::decimal).collect::<Result<_, _>>()?,
        taxes: taxes
            .iter()
            .map(|node| ids.get(&node.text()?).copied().ok_or_else(|| node.fault(Rule::UnknownTax)))
            .collect::<Result<_, _>>()?,
        voided: fields.boolean("voided", false)?,
        discounts: discounts.iter().map(line_discount).collect::<Result<_, _>>()?,
    })
}

fn line_discount(node: &Node<'_>) -> Result<LineDiscount, PricingError> {
    let fields = node.fields()?;
    let make = fields.required("type")?.word::<fn(_) -> _>(
        "percent, fixed_line, fixed_unit",
        &[
            ("percent", LineDiscount::Percent),
            ("fixed_line", LineDiscount::FixedLine),
            ("fixed_unit", LineDiscount::FixedUnit),
        ],
    )?;
    value(&fields).map(make)
}

fn order_discount(node: &Node<'_>) -> Result<OrderDiscount, PricingError> {
    let fields = node.fields()?;
    let make = fields.required("type")?.word::<fn(_) -> _>(
        "percent, fixed",
        &[("percent", OrderDiscount::Percent), ("fixed", OrderDiscount::Fixed)],
    )?;
    value(&fields).map(make)
}

/// The value is checked here and not only with the document, so that the path is right for one discount and for a list.
fn value(fields: &Fields<'_>) -> Result<rust_decimal::Decimal, PricingError> {
    let node = fields.required("value")?;
    let value = node.decimal()?;
    validate::magnitude(value).map_err(|rule| node.fault(rule))?;
    Ok(value)
}
