//! What a query answers: complete for drawing, so that no screen computes a total or knows a transition.

/// Declares views: plain data with serde and a TypeScript type.
macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, specta::Type)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }
    )+};
}

mod catalogue;
mod kitchen;
mod menu;
mod order;
mod shop;
mod status;

pub use catalogue::*;
pub use docket_domain::order::{Action, LineState, OrderStatus};
pub use kitchen::*;
pub use menu::*;
pub use order::*;
pub use shop::*;
pub use status::*;
