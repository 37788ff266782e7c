//! The whole till without a window: every command with its success and each of its refusals, every query, and what must
//! hold when folders are copied, rows are torn, disks are full and many ask at once.

mod bad_input;
mod commands;
mod concurrency;
mod damage;
mod durability;
mod feed;
mod head_office;
mod import_exchange;
mod import_forks;
mod import_refusals;
mod logs;
mod long_work;
mod menus;
mod money;
mod peers;
mod personal;
mod queries;
mod refunds;
mod refusals;
mod shop_change;
mod store;
mod transitions;
