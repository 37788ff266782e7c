//! The order from outside: its status table, its conflict table, its decisions, and the laws of the fold.

mod conflicts;
mod decides;
mod events;
mod fold_law;
mod kitchen_changes;
mod lines;
mod money;
mod refunds;
mod refuses;
mod robustness;
mod status;
mod transitions;
