//! Inputs of the commands. They carry ids and quantities, never prices of products: the terminal adds
//! those from its catalogue. (An open-price product is the one exception: its price is asked for.)

use docket_domain::ids::{CommandId, EventId, LineId, OrderId, PaymentId, PersonId, ProductId};
use docket_domain::money::Address;
use docket_domain::order::exception::{ExceptionId, Resolution};
use docket_domain::order::line::OrderType;
use docket_domain::staff::Role;
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::view::Work;

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }
    )+};
}

inputs! {
    /// A chosen modifier option.
    SelectionInput {
        /// Modifier group of the catalogue.
        group_id: String,
        /// Option inside the group.
        option_id: String,
        /// How often, 1 if left out.
        #[serde(default = "one")]
        count: u32,
    }
    /// What a line holds, as the cashier chose it.
    LineInput {
        /// Made by the client, so that a retry names the same line.
        line_id: LineId,
        /// The product.
        product_id: ProductId,
        /// How many, as a decimal with at most three decimals; 1 if left out.
        #[serde(default = "one_unit")]
        quantity: String,
        /// Modifiers.
        #[serde(default)]
        modifiers: Vec<SelectionInput>,
        /// Decimal price of one unit, for an open-price product only.
        #[serde(default)]
        open_price: Option<String>,
        /// A word to the kitchen.
        #[serde(default)]
        note: Option<String>,
    }
    /// Opens an order, with lines if there are some.
    CreateOrder {
        /// Made by the client.
        order_id: OrderId,
        /// How the guest takes it.
        order_type: OrderType,
        /// Table name for dine-in.
        #[serde(default)]
        table: Option<String>,
        /// First lines.
        #[serde(default)]
        lines: Vec<LineInput>,
    }
    /// Adds a line.
    AddLine {
        /// The order.
        order_id: OrderId,
        /// The line.
        line: LineInput,
    }
    /// Replaces a line's quantity, modifiers and note; refused once the kitchen has it.
    ChangeLine {
        /// The order.
        order_id: OrderId,
        /// The line as it shall be.
        line: LineInput,
    }
    /// Splits a line in two.
    SplitLine {
        /// The order.
        order_id: OrderId,
        /// The line that is split.
        line_id: LineId,
        /// The line that the moved part becomes.
        new_line_id: LineId,
        /// The part that moves, as a decimal with at most three decimals.
        quantity: String,
    }
    /// Takes a line out.
    VoidLine {
        /// The order.
        order_id: OrderId,
        /// The line.
        line_id: LineId,
        /// Why; required once the kitchen has it.
        #[serde(default)]
        reason: Option<String>,
    }
    /// Counter, dine-in or take-away.
    SetType {
        /// The order.
        order_id: OrderId,
        /// The type.
        order_type: OrderType,
    }
    /// Sets or clears the table.
    SetTable {
        /// The order.
        order_id: OrderId,
        /// The table's name, or none.
        #[serde(default)]
        table: Option<String>,
    }
    /// Sets or clears the order's note.
    SetNote {
        /// The order.
        order_id: OrderId,
        /// The note, or none. It is sealed before it is stored.
        #[serde(default)]
        note: Option<String>,
    }
    /// Sets or clears the customer. Everything in it is sealed before it is stored.
    SetCustomer {
        /// The order.
        order_id: OrderId,
        /// Name, or none.
        #[serde(default)]
        name: Option<String>,
        /// Phone, or none.
        #[serde(default)]
        phone: Option<String>,
        /// Address, or none.
        #[serde(default)]
        address: Option<Address>,
    }
    /// Sets or clears the number of guests.
    SetCovers {
        /// The order.
        order_id: OrderId,
        /// Guests at the table, 1 to 999, or none.
        #[serde(default)]
        covers: Option<u16>,
    }
    /// Puts the order ahead of the others in the kitchen, or back in its turn.
    SetRush {
        /// The order.
        order_id: OrderId,
        /// Whether it is to be made first.
        rush: bool,
    }
    /// An act on an order that needs no more words.
    OnOrder {
        /// The order.
        order_id: OrderId,
    }
    /// An act on some lines of an order.
    OnLines {
        /// The order.
        order_id: OrderId,
        /// The lines; empty means all that the act fits.
        #[serde(default)]
        lines: Vec<LineId>,
    }
    /// An act on one line.
    OnLine {
        /// The order.
        order_id: OrderId,
        /// The line.
        line_id: LineId,
    }
    /// The kitchen has seen changes.
    AcknowledgeChanges {
        /// The order.
        order_id: OrderId,
        /// The facts that were seen; empty means all open ones.
        #[serde(default)]
        facts: Vec<EventId>,
    }
    /// Calls an order off.
    Cancel {
        /// The order.
        order_id: OrderId,
        /// Why.
        reason: String,
    }
    /// Answers every cancel in force.
    Reinstate {
        /// The order.
        order_id: OrderId,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    }
    /// Closes an exception.
    CloseException {
        /// The order.
        order_id: OrderId,
        /// Which.
        exception_id: ExceptionId,
        /// How.
        resolution: Resolution,
    }
    /// Takes cash; on an unsent order it places and confirms as well.
    PayCash {
        /// The order.
        order_id: OrderId,
        /// Made by the client.
        payment_id: PaymentId,
        /// Decimal amount that the guest handed over; none means exactly the amount.
        #[serde(default)]
        tendered: Option<String>,
        /// Decimal amount to capture; none means the whole balance.
        #[serde(default)]
        amount: Option<String>,
        /// Currency of the amounts; refused when it is not the order's.
        #[serde(default)]
        currency: Option<String>,
    }
    /// Gives cash back. What the house owes the guest goes out as it is; what goes out beyond that lowers the due as well.
    Refund {
        /// The order.
        order_id: OrderId,
        /// The payment that it goes back from.
        payment_id: PaymentId,
        /// Made by the client.
        refund_id: PaymentId,
        /// Decimal amount to give back; none means all that is left of the payment.
        #[serde(default)]
        amount: Option<String>,
        /// Currency of the amount; refused when it is not the order's.
        #[serde(default)]
        currency: Option<String>,
        /// Why.
        reason: String,
    }
    /// Signs a person in at a window. Not in the log; needs no session.
    SignIn {
        /// Who.
        person_id: PersonId,
        /// The PIN, 4 to 12 digits.
        pin: String,
        /// The name of the window's station, such as `till` or `kitchen`.
        station: String,
    }
    /// Ends the session that carries it.
    SignOut {}
    /// Makes the shop on first start. Needs no session, and is refused once there is a shop.
    SetUpShop {
        /// The shop's name.
        shop_name: String,
        /// ISO 4217 code; a sample menu of another currency is refused.
        currency: String,
        /// Id of a sample menu (see the `shop` query), or none for an empty catalogue.
        #[serde(default)]
        sample_menu: Option<String>,
        /// Text of a menu file to start with, instead of a sample menu.
        #[serde(default)]
        menu: Option<String>,
        /// Which menu, where that text holds several.
        #[serde(default)]
        menu_id: Option<String>,
        /// Name of the first manager.
        manager_name: String,
        /// The manager's PIN, 4 to 12 digits.
        pin: String,
        /// IANA time zone of the store; none means the machine's.
        #[serde(default)]
        time_zone: Option<String>,
    }
    /// Replaces the catalogue with a menu file's content.
    ImportMenu {
        /// The file's text: one menu object or `{"menus":[…]}`.
        menu: String,
        /// Which menu, where the text holds several.
        #[serde(default)]
        menu_id: Option<String>,
    }
    /// Reads a menu file as an import would, and writes nothing.
    CheckMenu {
        /// The file's text: one menu object or `{"menus":[…]}`.
        menu: String,
        /// Which menu, where the text holds several.
        #[serde(default)]
        menu_id: Option<String>,
        /// ISO 4217 code that the menu is to be in; none means the shop's.
        #[serde(default)]
        currency: Option<String>,
    }
    /// Adds someone to the staff.
    AddPerson {
        /// Made by the client.
        person_id: PersonId,
        /// The name on the sign-in page.
        name: String,
        /// What the person may do.
        role: Role,
        /// The PIN, 4 to 12 digits.
        pin: String,
    }
    /// Changes someone of the staff; what is left out stays.
    ChangePerson {
        /// Who.
        person_id: PersonId,
        /// The name on the sign-in page.
        #[serde(default)]
        name: Option<String>,
        /// What the person may do.
        #[serde(default)]
        role: Option<Role>,
        /// Whether the person may sign in. Whoever leaves stays in the list, because history names them.
        #[serde(default)]
        active: Option<bool>,
        /// A new PIN, 4 to 12 digits; it ends a lock as well.
        #[serde(default)]
        pin: Option<String>,
    }
    /// Changes what was said of the shop on first start; what is left out stays.
    ChangeShop {
        /// The shop's name.
        #[serde(default)]
        name: Option<String>,
        /// ISO 4217 code. It can be another one until the first order, with a menu in that currency.
        #[serde(default)]
        currency: Option<String>,
        /// Text of a menu file that comes into effect with the change.
        #[serde(default)]
        menu: Option<String>,
        /// Which menu, where that text holds several.
        #[serde(default)]
        menu_id: Option<String>,
    }
    /// Changes what belongs to this device alone and is in no log; what is left out stays.
    SetDevice {
        /// What people call it; an empty text takes the name away.
        #[serde(default)]
        name: Option<String>,
        /// Minutes without a touch after which its windows lock, at most 240; 0 means never.
        #[serde(default)]
        lock_after_minutes: Option<u32>,
    }
    /// Makes this till one of head office, with a one-time code.
    Enrol {
        /// Address of head office, such as `https://office.example:8443`.
        url: String,
        /// The one-time code.
        code: String,
        /// The certificates that head office must be vouched for by, as PEM; the system's own if left out.
        #[serde(default)]
        ca: Option<String>,
        /// Whether an `http://` address of this machine itself may be spoken to without TLS.
        #[serde(default)]
        plain: bool,
    }
    /// Sets a PIN for a manager of a store that this till has joined, where nobody has one here yet.
    FirstPin {}
    /// Rebuilds every read model from the log in the background.
    Rebuild {}
    /// Verifies every log in the background; the result shows in the `status` query.
    Verify {}
    /// Writes every order and event to a file, in the background.
    Export {
        /// Whether it is for a browser to fetch, and then to go; else it stays beside the store.
        #[serde(default)]
        download: bool,
    }
    /// A part of another device's export, on its way in. Nothing is taken in before `import_log` names the file.
    ImportPart {
        /// The file, named by the client when it begins to send it.
        file_id: CommandId,
        /// Where in the file the part begins, in bytes. A part that is sent again is written over.
        #[specta(type = Number)]
        at: u64,
        /// The part's bytes in Base64.
        bytes: String,
    }
    /// Takes in another device's export that `import_part` brought, in the background.
    ImportLog {
        /// The file.
        file_id: CommandId,
    }
    /// Ends long work before it is done. What it was to change stays as it was.
    CancelWork {
        /// Which.
        work: Work,
    }
}

fn one() -> u32 {
    1
}

fn one_unit() -> String {
    "1".to_owned()
}
