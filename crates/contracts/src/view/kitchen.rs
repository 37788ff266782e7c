//! The kitchen board.

use docket_domain::catalog::Allergen;
use docket_domain::ids::{EventId, LineId, OrderId};
use docket_domain::money::Quantity;
use docket_domain::order::line::OrderType;
use docket_domain::order::view::KitchenChangeKind;
use docket_domain::order::{Action, LineState};
use specta_typescript::Number;

views! {
    /// A line on a kitchen ticket.
    TicketLineView {
        /// The line.
        line_id: LineId,
        /// Name.
        name: String,
        /// How many.
        quantity: Quantity,
        /// Modifiers in words.
        modifiers: Vec<String>,
        /// Word to the kitchen.
        note: Option<String>,
        /// What today's menu says of the product and of the modifiers chosen; none where it no longer has the product.
        /// A line without any is not declared to be free of them.
        allergens: Vec<Allergen>,
        /// fired, started, ready or voided.
        state: LineState,
        /// Above 0 after a recall.
        round: u32,
    }
    /// A change that the kitchen has not acknowledged.
    TicketChangeView {
        /// The fact.
        fact_id: EventId,
        /// What it means.
        kind: KitchenChangeKind,
        /// The line concerned, in words.
        line: Option<String>,
        /// Reason given.
        reason: Option<String>,
    }
    /// A kitchen ticket.
    TicketView {
        /// The order.
        order_id: OrderId,
        /// Short number.
        label: String,
        /// Type.
        order_type: OrderType,
        /// Table.
        table: Option<String>,
        /// Note on the whole order.
        note: Option<String>,
        /// Guests at the table, where somebody counted.
        covers: Option<u16>,
        /// To be made before the others.
        rush: bool,
        /// Token of the facts held.
        version: String,
        /// When the oldest waiting line was fired, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        fired_at_ms: i64,
        /// Lines that the kitchen has, in order.
        lines: Vec<TicketLineView>,
        /// Changes to acknowledge.
        changes: Vec<TicketChangeView>,
        /// What may be done now by the person who asks.
        actions: Vec<Action>,
        /// The order was called off.
        cancelled: bool,
    }
    /// How much of a product is still to be made.
    AllDayView {
        /// Name of the product.
        name: String,
        /// Over every ticket of the board.
        quantity: Quantity,
    }
    /// The kitchen's screen.
    KitchenBoard {
        /// Tickets with work, oldest first. At most 200.
        cooking: Vec<TicketView>,
        /// Tickets with work in all, also those beyond the 200.
        waiting: u32,
        /// What the tickets of `cooking` still ask for, most first.
        all_day: Vec<AllDayView>,
        /// Tickets that are all ready, last one first; recall them here. At most 50.
        ready: Vec<TicketView>,
        /// Wall time of this answer at the writer.
        #[specta(type = Number)]
        as_of_ms: i64,
    }
    /// What guests read while they wait: numbers, never a name. An order that is brought to a table is not called.
    ReadyBoard {
        /// Being made, oldest first.
        preparing: Vec<String>,
        /// Ready to be fetched, last one first.
        ready: Vec<String>,
    }
}
