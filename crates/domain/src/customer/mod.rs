//! A customer of a tenant: who it is, how it is reached, and whether orders of it are taken. [`decide`] says what a
//! command brings about, [`Customer::evolve`] what is so afterwards; when a command came is an argument.
//!
//! Unlike an order it is kept as a state with a version: a person can be erased, and then nothing of it remains.

mod command;
mod contact;
mod decide;
mod event;
mod evolve;
pub mod limits;
mod rejection;
mod state;
#[cfg(test)]
mod tests;

pub use command::CustomerCommand;
pub use contact::{Address, Addresses, ContactFault, Email, Name, Phone};
pub use decide::decide;
pub use event::CustomerEvent;
pub use rejection::CustomerRejection;
pub use state::{Customer, Person};
