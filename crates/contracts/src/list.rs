//! The one list of commands and queries. Hosts, policy, docs and TypeScript types are made from it.

use docket_domain::ids::CommandId;
use serde::{Deserialize, Serialize};

use crate::command as c;
use crate::error::{ApiError, ErrorCode};
use crate::query as q;
use crate::view as v;

/// What a host receives for a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(deny_unknown_fields)]
pub struct CommandRequest {
    /// Made by the client; a repeat returns the first outcome.
    pub command_id: CommandId,
    /// The order's version that the person saw; the command is refused if it has moved.
    #[serde(default)]
    pub expected_version: Option<String>,
    /// The command's input.
    #[specta(type = specta_typescript::Unknown)]
    pub input: serde_json::Value,
}

/// One row of the list, for docs and checks.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name in the URL and over IPC.
    pub name: &'static str,
    /// Rust and TypeScript type of the input.
    pub input: &'static str,
    /// Type of the answer.
    pub output: &'static str,
    /// What it does.
    pub doc: &'static str,
}

fn read<T: serde::de::DeserializeOwned>(input: serde_json::Value) -> Result<T, ApiError> {
    // serde would read a list as a struct, field by field.
    if !input.is_object() {
        return Err(ApiError::new(ErrorCode::BadInput, "input", "input is an object"));
    }
    serde_path_to_error::deserialize(input).map_err(|error| {
        let place = error.path().to_string();
        // serde names the whole input '.', an unknown or missing field only in its text.
        let field = if place == "." { "input".to_owned() } else { place };
        ApiError::new(ErrorCode::BadInput, field, error.into_inner().to_string())
    })
}

macro_rules! commands {
    ($($name:ident: $variant:ident($input:ident), $doc:literal;)+) => {
        /// A command with its input.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "name", content = "input", rename_all = "snake_case")]
        pub enum Command { $(#[doc = $doc] $variant(c::$input),)+ }

        /// Every command.
        pub const COMMANDS: &[Entry] = &[$(Entry {
            name: stringify!($name), input: stringify!($input), output: "CommandOutcome", doc: $doc,
        },)+];

        impl Command {
            /// The command's name in the list.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Command::$variant(_) => stringify!($name),)+ }
            }

            /// Reads a command by name.
            ///
            /// # Errors
            /// `unknown_command`, or `bad_input` naming what is wrong.
            pub fn parse(name: &str, input: serde_json::Value) -> Result<Self, ApiError> {
                match name {
                    $(stringify!($name) => read(input).map(Command::$variant),)+
                    _ => Err(ApiError::new(ErrorCode::UnknownCommand, "name", "there is no such command")),
                }
            }
        }

        pub(crate) fn register_commands(types: specta::Types) -> specta::Types {
            types$(.register::<c::$input>())+
        }
    };
}

macro_rules! queries {
    ($($name:ident: $variant:ident($input:ident) -> $output:ty, $ts:literal, $doc:literal;)+) => {
        /// A query with its input.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "name", content = "input", rename_all = "snake_case")]
        pub enum Query { $(#[doc = $doc] $variant(q::$input),)+ }

        /// Every query.
        pub const QUERIES: &[Entry] = &[$(Entry {
            name: stringify!($name), input: stringify!($input), output: $ts, doc: $doc,
        },)+];

        impl Query {
            /// The query's name in the list.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Query::$variant(_) => stringify!($name),)+ }
            }

            /// Reads a query by name.
            ///
            /// # Errors
            /// `unknown_query`, or `bad_input` naming what is wrong.
            pub fn parse(name: &str, input: serde_json::Value) -> Result<Self, ApiError> {
                match name {
                    $(stringify!($name) => read(input).map(Query::$variant),)+
                    _ => Err(ApiError::new(ErrorCode::UnknownQuery, "name", "there is no such query")),
                }
            }
        }

        pub(crate) fn register_queries(types: specta::Types) -> specta::Types {
            types$(.register::<q::$input>().register::<$output>())+
        }
    };
}

commands! {
    create_order: CreateOrder(CreateOrder), "Opens an order, with lines if there are some.";
    add_line: AddLine(AddLine), "Adds a line.";
    change_line: ChangeLine(ChangeLine), "Replaces a line's quantity, modifiers and note; refused once the kitchen has it.";
    split_line: SplitLine(SplitLine), "Splits a line in two.";
    void_line: VoidLine(VoidLine), "Takes a line out; with a reason once the kitchen has it.";
    set_type: SetType(SetType), "Sets counter, dine-in or take-away; taxes follow.";
    set_table: SetTable(SetTable), "Sets or clears the table's name.";
    set_note: SetNote(SetNote), "Sets or clears the note on the order; it is sealed.";
    set_customer: SetCustomer(SetCustomer), "Sets or clears the guest's name, phone and address; they are sealed.";
    set_covers: SetCovers(SetCovers), "Sets or clears the number of guests.";
    set_rush: SetRush(SetRush), "Puts the order ahead of the others in the kitchen, or back in its turn.";
    place: Place(OnOrder), "The guest has ordered.";
    confirm: Confirm(OnOrder), "Fires all new lines of a placed order to the kitchen.";
    send: Send(OnOrder), "Place and confirm in one.";
    start: Start(OnLines), "The kitchen begins.";
    ready: Ready(OnLines), "The kitchen is done.";
    bump_line: BumpLine(OnLine), "One line is done.";
    recall: Recall(OnLines), "Ready lines go back on the board.";
    hand_over: HandOver(OnLines), "The guest gets these lines.";
    acknowledge_changes: AcknowledgeChanges(AcknowledgeChanges), "The kitchen has seen voids, cancels and changes.";
    cancel: Cancel(Cancel), "Calls an order off.";
    reinstate: Reinstate(Reinstate), "Answers every cancel in force.";
    close_exception: CloseException(CloseException), "Closes an exception: waste or keep.";
    pay_cash: PayCash(PayCash), "Takes cash; on an unsent order it places and confirms as well.";
    refund: Refund(Refund), "Gives cash back; what the house does not owe is a credit for goods as well.";
    complete: Complete(OnOrder), "Hands over the rest; refused while a balance is open.";
    sign_in: SignIn(SignIn), "Signs a person in at a window; needs no session.";
    sign_out: SignOut(SignOut), "Ends the session.";
    set_up_shop: SetUpShop(SetUpShop), "Makes the shop on first start; needs no session.";
    import_menu: ImportMenu(ImportMenu), "Replaces the catalogue with a menu file's content.";
    check_menu: CheckMenu(CheckMenu), "Reads a menu file as an import would, and writes nothing; needs no session before the first start.";
    add_person: AddPerson(AddPerson), "Adds someone to the staff.";
    change_person: ChangePerson(ChangePerson), "Changes someone's name, role or PIN, or whether they may sign in.";
    change_shop: ChangeShop(ChangeShop), "Renames the shop, or has it charge in another currency before the first order.";
    set_device: SetDevice(SetDevice), "Names this device, and says when its windows lock.";
    enrol: Enrol(Enrol), "Makes this till one of head office, with a one-time code; needs no session before the first start.";
    first_pin: FirstPin(FirstPin), "Gives a manager a first PIN on a till that joined a store, once; needs no session.";
    rebuild: Rebuild(Rebuild), "Rebuilds every read model from the log in the background.";
    verify: Verify(Verify), "Verifies every log in the background.";
    export: Export(Export), "Writes every order and event to a file, in the background: beside the store, or for a browser to fetch.";
    import_part: ImportPart(ImportPart), "Brings a part of another device's export; `import_log` takes the whole of it in.";
    import_log: ImportLog(ImportLog), "Takes in another device's export in the background.";
    cancel_work: CancelWork(CancelWork), "Ends long work before it is done; what it was to change stays as it was.";
}

queries! {
    shop: Shop(Nothing) -> v::ShopView, "ShopView", "The shop and who can sign in; needs no session.";
    staff: Staff(Nothing) -> v::StaffView, "StaffView", "Everyone on the staff, those who left too.";
    session: Session(Nothing) -> v::SessionView, "SessionView", "The session that asks.";
    order: Order(ByOrder) -> v::OrderView, "OrderView", "One order with sums, exceptions and the actions allowed now.";
    orders: Orders(ListOrders) -> v::OrderPage, "OrderPage", "A page of orders, newest first, by keyset.";
    history: History(ByOrder) -> Vec<v::HistoryEntry>, "HistoryEntry[]", "Every fact of one order: who, when, what, device, level.";
    kitchen_board: KitchenBoard(Nothing) -> v::KitchenBoard, "KitchenBoard", "Tickets, oldest first, and the last ones that are ready.";
    ready_board: ReadyBoard(Nothing) -> v::ReadyBoard, "ReadyBoard", "Numbers for the guests: being made and ready; needs no session.";
    exceptions: Exceptions(Nothing) -> Vec<v::ExceptionView>, "ExceptionView[]", "Every open exception.";
    catalogue: Catalogue(Nothing) -> v::CatalogueView, "CatalogueView", "Categories and totals of the catalogue.";
    products: Products(ListProducts) -> v::ProductPage, "ProductPage", "A page of products, by category or search text.";
    product: Product(ByProduct) -> v::ProductDetail, "ProductDetail", "One product with its modifier groups.";
    receipt: Receipt(ByReceipt) -> v::ReceiptView, "ReceiptView", "The receipt of an order as it stands.";
    price_document: PriceDocument(ByOrder) -> v::PriceDocument, "PriceDocument", "The order as `docket-till price` takes it.";
    status: Status(Nothing) -> v::StatusView, "StatusView", "The store's health in facts.";
}
