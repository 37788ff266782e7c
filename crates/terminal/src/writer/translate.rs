//! From a command of the list to a command of the order: ids and quantities come in, prices, sealed text, labels and
//! receipt numbers are added here.

use std::sync::Arc;

use docket_contracts::command::{CreateOrder, LineInput, PayCash, Refund, SetCustomer};
use docket_contracts::{ApiError, Command, ErrorCode, Params};
use docket_domain::catalog::{Catalogue, LineRequest, Selection};
use docket_domain::ids::{OrderId, SubjectId};
use docket_domain::money::{Currency, Money, MoneyError, Quantity};
use docket_domain::order::command::{NewLine, OrderCommand};
use docket_domain::order::event::{OrderEvent, ReceiptNumber, Sealed};
use docket_domain::order::{Guest, Order, limits};

use super::batch::Overlay;
use super::{Writer, rule_params};
use crate::error::{StoreError, most, refuse};
use crate::limits::CUSTOMER_TEXT_CHARS_MAX;
use crate::shared::Shop;
use crate::store::meta;
use crate::subjects;

/// The order that a command acts on; `None` for commands that act on none.
#[must_use]
pub fn order_of(command: &Command) -> Option<OrderId> {
    Some(match command {
        Command::CreateOrder(input) => input.order_id,
        Command::AddLine(input) => input.order_id,
        Command::ChangeLine(input) => input.order_id,
        Command::SplitLine(input) => input.order_id,
        Command::VoidLine(input) => input.order_id,
        Command::SetType(input) => input.order_id,
        Command::SetTable(input) => input.order_id,
        Command::SetNote(input) => input.order_id,
        Command::SetCustomer(input) => input.order_id,
        Command::SetCovers(input) => input.order_id,
        Command::SetRush(input) => input.order_id,
        Command::Place(input) | Command::Confirm(input) | Command::Send(input) | Command::Complete(input) => {
            input.order_id
        }
        Command::Start(input) | Command::Ready(input) | Command::Recall(input) | Command::HandOver(input) => {
            input.order_id
        }
        Command::BumpLine(input) => input.order_id,
        Command::AcknowledgeChanges(input) => input.order_id,
        Command::Cancel(input) => input.order_id,
        Command::Reinstate(input) => input.order_id,
        Command::CloseException(input) => input.order_id,
        Command::PayCash(input) => input.order_id,
        Command::Refund(input) => input.order_id,
        Command::SignIn(_)
        | Command::SignOut(_)
        | Command::SetUpShop(_)
        | Command::ImportMenu(_)
        | Command::CheckMenu(_)
        | Command::AddPerson(_)
        | Command::ChangePerson(_)
        | Command::ChangeShop(_)
        | Command::Enrol(_)
        | Command::FirstPin(_)
        | Command::SetDevice(_)
        | Command::Rebuild(_)
        | Command::Verify(_)
        | Command::Export(_)
        | Command::ImportPart(_)
        | Command::ImportLog(_)
        | Command::CancelWork(_) => {
            return None;
        }
    })
}

/// A translated command, with the counters that it will have moved if it is accepted.
pub(super) struct Translated {
    pub(super) command: OrderCommand,
    pub(super) counters: Vec<(String, i64)>,
}

impl Writer {
    pub(super) fn translate(
        &self,
        command: &Command,
        order: Option<&Order>,
        shop: &Shop,
        overlay: &Overlay,
        business_day: i32,
    ) -> Result<Translated, StoreError> {
        let plain = |command| Ok(Translated { command, counters: Vec::new() });
        match command {
            Command::CreateOrder(input) => self.create(input, shop, overlay, business_day),
            Command::AddLine(input) => plain(OrderCommand::AddLine(new_line(catalogue(shop)?, &input.line, "line.")?)),
            Command::ChangeLine(input) => {
                plain(OrderCommand::ChangeLine(new_line(catalogue(shop)?, &input.line, "line.")?))
            }
            Command::SplitLine(input) => plain(OrderCommand::SplitLine {
                line_id: input.line_id,
                new_line_id: input.new_line_id,
                quantity: quantity("quantity", &input.quantity)?,
            }),
            Command::VoidLine(input) => {
                plain(OrderCommand::VoidLine { line_id: input.line_id, reason: input.reason.clone() })
            }
            Command::SetType(input) => plain(OrderCommand::SetType(input.order_type)),
            Command::SetTable(input) => plain(OrderCommand::SetTable(input.table.clone())),
            Command::SetNote(input) => {
                plain(OrderCommand::SetNote(self.seal_note(input.order_id, input.note.as_deref())?))
            }
            Command::SetCustomer(input) => plain(OrderCommand::SetCustomer(self.seal_customer(input)?)),
            Command::SetCovers(input) => plain(OrderCommand::SetCovers(input.covers)),
            Command::SetRush(input) => plain(OrderCommand::SetRush(input.rush)),
            Command::Place(_) => plain(OrderCommand::Place),
            Command::Confirm(_) => plain(OrderCommand::Confirm),
            Command::Send(_) => plain(OrderCommand::Send),
            Command::Start(input) => plain(OrderCommand::Start { lines: input.lines.clone() }),
            Command::Ready(input) => plain(OrderCommand::Ready { lines: input.lines.clone() }),
            Command::BumpLine(input) => plain(OrderCommand::BumpLine { line_id: input.line_id }),
            Command::Recall(input) => plain(OrderCommand::Recall { lines: input.lines.clone() }),
            Command::HandOver(input) => plain(OrderCommand::HandOver { lines: input.lines.clone() }),
            Command::AcknowledgeChanges(input) => {
                plain(OrderCommand::AcknowledgeChanges { facts: input.facts.clone() })
            }
            Command::Cancel(input) => plain(OrderCommand::Cancel { reason: input.reason.clone() }),
            Command::Reinstate(input) => plain(OrderCommand::Reinstate { reason: input.reason.clone() }),
            Command::CloseException(input) => plain(OrderCommand::CloseException {
                exception: input.exception_id.clone(),
                resolution: input.resolution,
            }),
            Command::PayCash(input) => self.pay_cash(input, order, overlay),
            Command::Refund(input) => plain(self.refund(input, order)?),
            Command::Complete(_) => plain(OrderCommand::Complete),
            Command::SignIn(_)
            | Command::SignOut(_)
            | Command::SetUpShop(_)
            | Command::ImportMenu(_)
            | Command::CheckMenu(_)
            | Command::AddPerson(_)
            | Command::ChangePerson(_)
            | Command::ChangeShop(_)
            | Command::Enrol(_)
            | Command::FirstPin(_)
            | Command::SetDevice(_)
            | Command::Rebuild(_)
            | Command::Verify(_)
            | Command::Export(_)
            | Command::ImportPart(_)
            | Command::ImportLog(_)
            | Command::CancelWork(_) => {
                Err(refuse(ErrorCode::UnknownCommand, "name", "this command does not act on an order").into())
            }
        }
    }

    fn create(
        &self,
        input: &CreateOrder,
        shop: &Shop,
        overlay: &Overlay,
        business_day: i32,
    ) -> Result<Translated, StoreError> {
        let catalogue = catalogue(shop)?;
        let lines = input
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| new_line(catalogue, line, &format!("lines[{index}].")))
            .collect::<Result<_, _>>()?;
        let counter = format!("label:{}:{business_day}", self.identity.letter);
        let number = self.counter(overlay, &counter)? + 1;
        let label = format!("{}-{number:03}", self.identity.letter);
        let command = OrderCommand::Create {
            order_id: input.order_id,
            label,
            order_type: input.order_type,
            table: input.table.clone(),
            terms: catalogue.terms(),
            lines,
        };
        Ok(Translated { command, counters: vec![(counter, number)] })
    }

    fn pay_cash(&self, input: &PayCash, order: Option<&Order>, overlay: &Overlay) -> Result<Translated, StoreError> {
        let order = known(order)?;
        let currency = currency_of(order, input.currency.as_deref())?;
        let amount_minor = input.amount.as_deref().map(|text| amount("amount", text, currency)).transpose()?;
        let tendered_minor = match input.tendered.as_deref() {
            Some(text) => amount("tendered", text, currency)?,
            None => amount_minor.unwrap_or(order.balance_minor),
        };
        let series = self.identity.receipt_series.clone();
        let number = self.counter(overlay, &receipt_counter(&series))? + 1;
        let grand_total_minor = self.counter(overlay, &grand_total_counter(&series))?;
        let receipt = ReceiptNumber {
            series,
            number: u32::try_from(number).map_err(|_| StoreError::Corrupt("the receipt series is used up".into()))?,
            grand_total_minor,
        };
        let command = OrderCommand::PayCash {
            payment_id: input.payment_id,
            tendered_minor,
            amount_minor,
            drawer: self.identity.letter.clone(),
            receipt,
        };
        // Number and grand total move as the accepted fact says, see `execute`.
        Ok(Translated { command, counters: Vec::new() })
    }

    fn refund(&self, input: &Refund, order: Option<&Order>) -> Result<OrderCommand, ApiError> {
        let currency = currency_of(known(order)?, input.currency.as_deref())?;
        Ok(OrderCommand::Refund {
            refund_id: input.refund_id,
            payment_id: input.payment_id,
            amount_minor: input.amount.as_deref().map(|text| amount("amount", text, currency)).transpose()?,
            drawer: self.identity.letter.clone(),
            reason: input.reason.clone(),
        })
    }

    fn seal_note(&self, order_id: OrderId, note: Option<&str>) -> Result<Option<Sealed>, StoreError> {
        let Some(note) = note.map(str::trim).filter(|note| !note.is_empty()) else { return Ok(None) };
        too_long("note", note, limits::MAX_NOTE_CHARS)?;
        self.seal(order_id, note).map(Some)
    }

    fn seal_customer(&self, input: &SetCustomer) -> Result<Option<Sealed>, StoreError> {
        fn given(text: &Option<String>) -> Option<String> {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        }
        let guest = Guest { name: given(&input.name), phone: given(&input.phone), address: input.address.clone() };
        for (field, value) in [("name", &guest.name), ("phone", &guest.phone)] {
            value.as_deref().map_or(Ok(()), |value| too_long(field, value, CUSTOMER_TEXT_CHARS_MAX))?;
        }
        if guest.is_empty() {
            return Ok(None);
        }
        self.seal(input.order_id, &guest.to_json()).map(Some)
    }

    /// Seals under the key of the order's guest; the key is made in the same transaction.
    fn seal(&self, order_id: OrderId, text: &str) -> Result<Sealed, StoreError> {
        let subject = SubjectId(order_id.0);
        let key = match subjects::key_of(&self.connection, subject)? {
            Some(key) => key,
            None => {
                let key = subjects::new_key()?;
                subjects::keep(&self.connection, subject, &key)?;
                key
            }
        };
        subjects::seal(subject, &key, text)
    }

    pub(super) fn counter(&self, overlay: &Overlay, name: &str) -> Result<i64, StoreError> {
        match overlay.counters.get(name).or_else(|| self.counters.get(name)) {
            Some(value) => Ok(*value),
            None => meta::counter(&self.connection, name),
        }
    }
}

/// The counters that a row moved, with the number that it gave away: a label's, or a receipt's and its grand total.
pub(crate) fn numbers_given(event_type: &str, version: u16, payload: &str, business_day: i32) -> Vec<(String, i64)> {
    match OrderEvent::decode(event_type, version, payload) {
        Ok(OrderEvent::Opened(opened)) => opened
            .label
            .rsplit_once('-')
            .and_then(|(letter, number)| Some((format!("label:{letter}:{business_day}"), number.parse().ok()?)))
            .into_iter()
            .collect(),
        Ok(OrderEvent::CashPaid(paid)) => vec![
            (receipt_counter(&paid.receipt.series), i64::from(paid.receipt.number)),
            (grand_total_counter(&paid.receipt.series), paid.receipt.grand_total_minor),
        ],
        _ => Vec::new(),
    }
}

/// The counter of a series' last number.
pub(crate) fn receipt_counter(series: &str) -> String {
    format!("receipt:{series}")
}

/// The counter of everything captured in a series, in minor units.
pub(crate) fn grand_total_counter(series: &str) -> String {
    format!("grand:{series}")
}

fn known(order: Option<&Order>) -> Result<&Order, ApiError> {
    order.ok_or_else(|| refuse(ErrorCode::OrderNotFound, "order_id", "there is no order with this id"))
}

/// The order's currency; amounts in another one are refused.
fn currency_of(order: &Order, named: Option<&str>) -> Result<Currency, ApiError> {
    let currency = order.currency();
    match named {
        Some(code) if code != currency.code() => {
            let rule = format!("the order is in {currency}, not in {code}");
            Err(refuse(ErrorCode::CurrencyMismatch, "currency", rule))
        }
        _ => Ok(currency),
    }
}

fn catalogue(shop: &Shop) -> Result<&Catalogue, StoreError> {
    shop.catalogue.as_deref().ok_or_else(|| {
        refuse(ErrorCode::UnknownProduct, "product_id", "the catalogue is empty: import a menu first").into()
    })
}

fn new_line(catalogue: &Catalogue, line: &LineInput, place: &str) -> Result<NewLine, StoreError> {
    let open_price_minor = line
        .open_price
        .as_deref()
        .map(|text| amount(&format!("{place}open_price"), text, catalogue.currency()))
        .transpose()?;
    let selections: Vec<Selection> = line
        .modifiers
        .iter()
        .map(|choice| Selection {
            group_id: choice.group_id.clone(),
            option_id: choice.option_id.clone(),
            count: choice.count,
        })
        .collect();
    let request = LineRequest {
        product_id: line.product_id,
        quantity: quantity(&format!("{place}quantity"), &line.quantity)?,
        selections: &selections,
        open_price_minor,
        note: line.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
    };
    let content = catalogue.line_content(&request).map_err(|rejection| {
        let code = rejection.code().parse().unwrap_or(ErrorCode::BadInput);
        // The catalogue speaks of its price; what the client gave is called otherwise.
        let field = if rejection.field() == "price" { "open_price" } else { rejection.field() };
        let params = rule_params::of_line(&rejection, catalogue.currency());
        refuse(code, &format!("{place}{field}"), rejection.rule()).with(params)
    })?;
    Ok(NewLine { line_id: line.line_id, content: Arc::new(content) })
}

fn quantity(field: &str, text: &str) -> Result<Quantity, ApiError> {
    Quantity::parse(text).map_err(|error| {
        let code = match error {
            MoneyError::TooManyDecimals { .. } => ErrorCode::TooManyDecimals,
            MoneyError::OutOfRange { .. } => ErrorCode::QuantityTooLarge,
            _ => ErrorCode::BadInput,
        };
        refuse(code, field, error.to_string()).with(decimals(&error))
    })
}

fn amount(field: &str, text: &str, currency: Currency) -> Result<i64, ApiError> {
    Money::parse(text, currency).map(|money| money.minor()).map_err(|error| {
        let code = match error {
            MoneyError::TooManyDecimals { .. } => ErrorCode::TooManyDecimals,
            _ => ErrorCode::AmountInvalid,
        };
        refuse(code, field, error.to_string()).with(decimals(&error))
    })
}

fn decimals(error: &MoneyError) -> Params {
    match error {
        MoneyError::TooManyDecimals { max, .. } => most(*max),
        _ => Params::default(),
    }
}

fn too_long(field: &str, text: &str, max: usize) -> Result<(), ApiError> {
    if text.chars().count() > max {
        let rule = format!("{field} has at most {max} characters");
        return Err(refuse(ErrorCode::TextTooLong, field, rule).with(most(max)));
    }
    Ok(())
}
