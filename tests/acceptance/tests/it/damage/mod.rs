//! Damage: whatever was done to the store, `verify` says so, the till sells on, and what is whole stays whole. Each test
//! damages a real store with real sales; `docs/DAMAGE.md` has one row for each.

mod file;
mod kit;
mod open;
mod pages;
mod rows;
mod whole;
