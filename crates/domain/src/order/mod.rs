//! An order: a set of facts, from which every status, sum and conflict is derived.
//!
//! `decide` is the only place that refuses; `evolve` never does, because history is fact.

pub mod action;
pub mod authority;
mod codec;
pub mod command;
mod decide;
mod derive;
pub mod event;
mod evolve;
pub mod exception;
pub mod fact;
pub mod guest;
pub mod held;
pub mod limits;
pub mod line;
pub mod rejection;
pub mod state;
pub mod transitions;
pub mod view;

pub use action::{Action, actions};
pub use command::{DecideContext, NewLine, OrderCommand};
pub use decide::{Decision, NewFact, decide};
pub use event::OrderEvent;
pub use exception::{Exception, ExceptionId, ExceptionKind, Resolution};
pub use fact::{DeviceClass, Fact, FactBody, Origin};
pub use guest::Guest;
pub use rejection::Rejection;
pub use state::{OrderState, VersionToken};
pub use transitions::state_diagram;
pub use view::{Line, LineState, Order, OrderStatus};
