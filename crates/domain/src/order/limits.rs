//! Every bound of an order. A command beyond one is refused by name; facts of others are never refused.

/// Lines in one order, voided ones included.
pub const MAX_LINES: usize = 200;
/// Units on one line.
pub const MAX_QUANTITY: i32 = 9_999;
/// Modifiers on one line.
pub const MAX_MODIFIERS: usize = 100;
/// The price of one unit, and what a guest can hand over, in minor units.
pub const MAX_AMOUNT_MINOR: i64 = 999_999_999_999;
/// The sum of the lines before tax, in major units. With this bound an order under a service charge of a hundred percent
/// is still within what [pricing](crate::pricing::limits) takes.
pub const MAX_ORDER_AMOUNT: i64 = 999_999_999_999;
/// Characters of a reason.
pub const MAX_REASON_CHARS: usize = 200;
/// Characters of an order's note before it is sealed.
pub const MAX_NOTE_CHARS: usize = 500;
/// Characters of a line's note to the kitchen.
pub const MAX_LINE_NOTE_CHARS: usize = 280;
/// Characters of a table's name.
pub const MAX_TABLE_CHARS: usize = 40;
/// Guests of one order.
pub const MAX_COVERS: u16 = 999;
/// Characters of an order's short number.
pub const MAX_LABEL_CHARS: usize = 20;
/// Characters of a drawer's name.
pub const MAX_DRAWER_CHARS: usize = 40;
/// Characters of a guest's name before it is sealed.
pub const MAX_CUSTOMER_NAME_CHARS: usize = 100;
/// Characters of a sealed text: Base64 of the longest customer with its nonce and tag.
pub const MAX_SEALED_CHARS: usize = 8_192;
