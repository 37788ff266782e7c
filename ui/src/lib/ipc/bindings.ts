// The shape of the till's contract. `cargo xtask codegen` replaces this file.

export type OrderId = string;
export type LineId = string;
export type PaymentId = string;
export type EventId = string;
export type CommandId = string;
export type PersonId = string;
export type ProductId = string;
export type SessionId = string;
export type ExceptionId = string;
export type Quantity = string;
export type ChangePosition = string;

export interface Money { amount: string; currency: string }
export interface Address { lines: string[]; postal_code: string; city: string; country: string }

export type Role = "manager" | "cashier" | "kitchen";
export type OrderType = "counter" | "dine_in" | "take_away";
export type OrderStatus = "draft" | "pending" | "confirmed" | "preparing" | "ready" | "completed" | "cancelled";
export type LineState = "new" | "fired" | "started" | "ready" | "handed_over" | "voided";
export type Action =
  | "add_line" | "change_line" | "split_line" | "void_line" | "set_type" | "set_table" | "set_note" | "set_customer"
  | "place" | "confirm" | "send" | "start" | "ready" | "bump_line" | "recall" | "hand_over" | "acknowledge_changes"
  | "cancel" | "reinstate" | "close_exception" | "pay_cash" | "complete";
export type ExceptionKind =
  | "already_made" | "cancelled_after_handover" | "refund_due" | "overpaid" | "changed_after_firing"
  | "conflicting_edit" | "item_after_close";
export type Resolution = "waste" | "keep";
export type Topic = "orders" | "kitchen" | "exceptions" | "catalogue" | "shop" | "status";

export interface SelectionInput { group_id: string; option_id: string; count: number }
export interface LineInput {
  line_id: LineId; product_id: ProductId; quantity: Quantity; modifiers: SelectionInput[];
  open_price: string | null; note: string | null;
}
export interface CreateOrder { order_id: OrderId; order_type: OrderType; table: string | null; lines: LineInput[] }
export interface AddLine { order_id: OrderId; line: LineInput }
export interface ChangeLine { order_id: OrderId; line: LineInput }
export interface SplitLine { order_id: OrderId; line_id: LineId; new_line_id: LineId; quantity: Quantity }
export interface VoidLine { order_id: OrderId; line_id: LineId; reason: string | null }
export interface SetType { order_id: OrderId; order_type: OrderType }
export interface SetTable { order_id: OrderId; table: string | null }
export interface SetNote { order_id: OrderId; note: string | null }
export interface SetCustomer { order_id: OrderId; name: string | null; phone: string | null; address: Address | null }
export interface OnOrder { order_id: OrderId }
export interface OnLines { order_id: OrderId; lines: LineId[] }
export interface OnLine { order_id: OrderId; line_id: LineId }
export interface AcknowledgeChanges { order_id: OrderId; facts: EventId[] }
export interface Cancel { order_id: OrderId; reason: string }
export interface Reinstate { order_id: OrderId; reason: string | null }
export interface CloseException { order_id: OrderId; exception_id: ExceptionId; resolution: Resolution }
export interface PayCash {
  order_id: OrderId; payment_id: PaymentId; tendered: string | null; amount: string | null; currency: string | null;
}
export interface SignIn { person_id: PersonId; pin: string; station: string }
export type SignOut = Record<string, never>;
export interface SetUpShop {
  shop_name: string; currency: string; sample_menu: string | null; manager_name: string; pin: string;
  time_zone: string | null;
}
export interface ImportMenu { menu: string; menu_id: string | null }
export type Rebuild = Record<string, never>;
export type Verify = Record<string, never>;

export type Nothing = Record<string, never>;
export interface ByOrder { order_id: OrderId }
export interface ByReceipt { order_id: OrderId; payment_id: PaymentId | null }
export interface ListOrders {
  status: OrderStatus | null; open: boolean | null; order_type: OrderType | null; from_day: number | null;
  to_day: number | null; person_id: PersonId | null; text: string | null; after: string | null; limit: number | null;
}
export interface ListProducts { category_id: string | null; text: string | null; after: string | null; limit: number | null }
export interface ByProduct { product_id: ProductId }

export interface PersonView { person_id: PersonId; name: string; role: Role }
export interface SignInView { person: PersonView; locked_until_ms: number | null }
export interface SampleMenuView { id: string; name: string; currency: string; products: number }
export interface ShopView {
  set_up: boolean; name: string | null; currency: string | null; currency_decimals: number | null;
  time_zone: string | null; demo: boolean; people: SignInView[]; samples: SampleMenuView[];
}
export interface SessionView { session_id: SessionId; person: PersonView; station: string }
export interface ModifierView { group_id: string; option_id: string; name: string; count: number; price: Money }
export interface LineView {
  line_id: LineId; version_id: EventId; product_id: ProductId; name: string; quantity: Quantity; unit_price: Money;
  open_price: boolean; modifiers: ModifierView[]; note: string | null; state: LineState; round: number; amount: Money;
  void_reason: string | null; editable: boolean; superseded: string[];
}
export interface ChargeView { name: string; amount: Money }
export interface TaxView { id: string; name: string; percent: string; included: boolean; amount: Money }
export interface TotalsView {
  subtotal: Money; net: Money; tax: Money; taxes: TaxView[]; total: Money; rounding: Money | null;
}
export interface PaymentView {
  payment_id: PaymentId; tender: string; amount: Money; tendered: Money; change: Money; receipt: string; at_ms: number;
}
export interface ExceptionView {
  exception_id: ExceptionId; order_id: OrderId; label: string; kind: ExceptionKind; amount: Money | null;
  closed: Resolution | null; resolutions: Resolution[];
}
export interface CustomerView { name: string | null; phone: string | null; address: Address | null; erased: boolean }
export interface OrderView {
  order_id: OrderId; label: string; status: OrderStatus; served_unpaid: boolean; version: string;
  order_type: OrderType; table: string | null; note: string | null; customer: CustomerView | null; lines: LineView[];
  charges: ChargeView[]; totals: TotalsView; due: Money; captured: Money; refunded: Money; balance: Money;
  payments: PaymentView[]; cash_suggestions: Money[]; exceptions: ExceptionView[]; actions: Action[];
  opened_at_ms: number; business_day: number; opened_by: string | null; update_needed: boolean; set_aside: number;
}
export interface OrderRow {
  order_id: OrderId; label: string; status: OrderStatus; order_type: OrderType; table: string | null; summary: string;
  total: Money; balance: Money; exceptions: number; opened_by: string | null; opened_at_ms: number;
  business_day: number;
}
export interface OrderPage { rows: OrderRow[]; next: string | null }
export interface HistoryEntry {
  event_id: EventId; log: string; seq: number; event_type: string; payload: string; person: string | null;
  role: string | null; station: string | null; device: string; at_ms: number; level: string; hash: string;
}
export interface TicketLineView {
  line_id: LineId; name: string; quantity: Quantity; modifiers: string[]; note: string | null; state: LineState;
  round: number;
}
export interface TicketChangeView { fact_id: EventId; kind: string; line: string | null; reason: string | null }
export interface TicketView {
  order_id: OrderId; label: string; order_type: OrderType; table: string | null; note: string | null; version: string;
  fired_at_ms: number; lines: TicketLineView[]; changes: TicketChangeView[]; actions: Action[]; cancelled: boolean;
}
export interface KitchenBoard { cooking: TicketView[]; ready: TicketView[]; as_of_ms: number }
export interface CategoryView { id: string; name: string; products: number }
export interface CatalogueView {
  version: number; name: string; currency: string; categories: CategoryView[]; products: number;
}
export interface OptionView { id: string; name: string; price: Money; extra_price: Money | null }
export interface GroupView { id: string; name: string; min: number; max: number | null; options: OptionView[] }
export interface ProductView {
  product_id: ProductId; name: string; category_id: string; price: Money | null; from_price: Money | null;
  asks: boolean; has_modifiers: boolean;
}
export interface ProductPage { rows: ProductView[]; next: string | null }
export interface ProductDetail { product: ProductView; groups: GroupView[] }
export interface ReceiptLine { text: string; details: string[]; amount: Money | null }
export interface ReceiptView {
  shop: string; number: string | null; label: string; order_type: OrderType; table: string | null; at_ms: number;
  cashier: string | null; lines: ReceiptLine[]; totals: TotalsView; payments: PaymentView[]; balance: Money;
}
export type PriceDocument = unknown;
export interface ProgressView { work: string; done: number; total: number }
export interface IncidentView { kind: string; text: string; at_ms: number }
export interface StatusView {
  log: string; head_seq: number; events: number; outbox_waiting: number; oldest_waiting_ms: number | null;
  enrolled: boolean; letter: string; read_only: boolean; progress: ProgressView | null; last_verify: string | null;
  fold_version: number; incidents: IncidentView[];
}

export interface OrderOutcome { order_id: OrderId; label: string; status: OrderStatus; version: string }
export interface PaymentOutcome {
  payment_id: PaymentId; amount: Money; tendered: Money; change: Money; receipt: string;
}
export interface SessionOutcome { session_id: SessionId; person: PersonView; station: string }
export interface CommandOutcome {
  applied: boolean; order?: OrderOutcome | null; payment?: PaymentOutcome | null; session?: SessionOutcome | null;
  notes?: string[];
}
export interface CommandRequest { command_id: CommandId; expected_version: string | null; input: unknown }

export type Change =
  | { kind: "changed"; position: ChangePosition; topics: Topic[]; order_id: OrderId | null; at_ms: number }
  | { kind: "reset"; position: ChangePosition }
  | { kind: "heartbeat"; at_ms: number };

export interface ApiError { code: ErrorCode; field: string; rule: string; retryable: boolean; details?: string[] }

export interface Commands {
  create_order: { input: CreateOrder; output: CommandOutcome };
  add_line: { input: AddLine; output: CommandOutcome };
  change_line: { input: ChangeLine; output: CommandOutcome };
  split_line: { input: SplitLine; output: CommandOutcome };
  void_line: { input: VoidLine; output: CommandOutcome };
  set_type: { input: SetType; output: CommandOutcome };
  set_table: { input: SetTable; output: CommandOutcome };
  set_note: { input: SetNote; output: CommandOutcome };
  set_customer: { input: SetCustomer; output: CommandOutcome };
  place: { input: OnOrder; output: CommandOutcome };
  confirm: { input: OnOrder; output: CommandOutcome };
  send: { input: OnOrder; output: CommandOutcome };
  start: { input: OnLines; output: CommandOutcome };
  ready: { input: OnLines; output: CommandOutcome };
  bump_line: { input: OnLine; output: CommandOutcome };
  recall: { input: OnLines; output: CommandOutcome };
  hand_over: { input: OnLines; output: CommandOutcome };
  acknowledge_changes: { input: AcknowledgeChanges; output: CommandOutcome };
  cancel: { input: Cancel; output: CommandOutcome };
  reinstate: { input: Reinstate; output: CommandOutcome };
  close_exception: { input: CloseException; output: CommandOutcome };
  pay_cash: { input: PayCash; output: CommandOutcome };
  complete: { input: OnOrder; output: CommandOutcome };
  sign_in: { input: SignIn; output: CommandOutcome };
  sign_out: { input: SignOut; output: CommandOutcome };
  set_up_shop: { input: SetUpShop; output: CommandOutcome };
  import_menu: { input: ImportMenu; output: CommandOutcome };
  rebuild: { input: Rebuild; output: CommandOutcome };
  verify: { input: Verify; output: CommandOutcome };
}

export interface Queries {
  shop: { input: Nothing; output: ShopView };
  session: { input: Nothing; output: SessionView };
  order: { input: ByOrder; output: OrderView };
  orders: { input: ListOrders; output: OrderPage };
  history: { input: ByOrder; output: HistoryEntry[] };
  kitchen_board: { input: Nothing; output: KitchenBoard };
  exceptions: { input: Nothing; output: ExceptionView[] };
  catalogue: { input: Nothing; output: CatalogueView };
  products: { input: ListProducts; output: ProductPage };
  product: { input: ByProduct; output: ProductDetail };
  receipt: { input: ByReceipt; output: ReceiptView };
  price_document: { input: ByOrder; output: PriceDocument };
  status: { input: Nothing; output: StatusView };
}

export const COMMANDS = [
  "create_order", "add_line", "change_line", "split_line", "void_line", "set_type", "set_table", "set_note",
  "set_customer", "place", "confirm", "send", "start", "ready", "bump_line", "recall", "hand_over",
  "acknowledge_changes", "cancel", "reinstate", "close_exception", "pay_cash", "complete", "sign_in", "sign_out",
  "set_up_shop", "import_menu", "rebuild", "verify",
] as const;

export type ErrorCode =
  | "bad_input" | "unknown_command" | "unknown_query" | "body_too_large" | "host_not_allowed" | "origin_not_allowed"
  | "token_required" | "session_required" | "wrong_pin" | "person_locked" | "unknown_person" | "role_not_allowed"
  | "shop_not_set_up" | "shop_exists" | "name_invalid" | "pin_invalid" | "unknown_currency" | "currency_mismatch"
  | "unknown_time_zone" | "unknown_sample" | "menu_fault" | "amount_invalid" | "too_many_decimals" | "cursor_invalid"
  | "limit_out_of_range" | "stale_version" | "command_id_reused" | "store_locked" | "store_newer" | "store_read_only"
  | "disk_full" | "store_failed" | "busy" | "shutting_down";

export const ERROR_CODES: readonly ErrorCode[] = [
  "bad_input", "unknown_command", "unknown_query", "body_too_large", "host_not_allowed", "origin_not_allowed",
  "token_required", "session_required", "wrong_pin", "person_locked", "unknown_person", "role_not_allowed",
  "shop_not_set_up", "shop_exists", "name_invalid", "pin_invalid", "unknown_currency", "currency_mismatch",
  "unknown_time_zone", "unknown_sample", "menu_fault", "amount_invalid", "too_many_decimals", "cursor_invalid",
  "limit_out_of_range", "stale_version", "command_id_reused", "store_locked", "store_newer", "store_read_only",
  "disk_full", "store_failed", "busy", "shutting_down",
];
