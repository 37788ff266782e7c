//! Three tills trade unlinked, meet in every order, and must agree. The days are played once for all tests.

mod agreement;
mod contested;
mod fixtures;
mod food;
mod labels;
mod lines;
mod money;
mod numbers;
mod sales;

use std::sync::OnceLock;

use docket_devices::meeting::{Meeting, hold};
use docket_devices::row::Row;
use docket_devices::seen::{Order, Shown};

/// Every script.
fn rows() -> Vec<&'static Row> {
    [food::ROWS, money::ROWS, lines::ROWS, labels::ROWS, sales::ROWS].concat()
}

/// The days of the tills.
fn meeting() -> &'static Meeting {
    static MEETING: OnceLock<Option<Meeting>> = OnceLock::new();
    let play = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(hold(&rows()))
    };
    // On a thread of its own, so that days which end in a panic are not played anew for each test.
    let played = MEETING.get_or_init(|| std::thread::spawn(play).join().ok());
    played.as_ref().expect("the days were played to their end; the first panic says what kept them")
}

/// The order of a script as each device shows it after the exchange in which the unlinked facts met.
fn met(row: &Row) -> &'static Order {
    the_same(row, &meeting().met)
}

/// The same after the tills went on and met again.
fn settled(row: &Row) -> &'static Order {
    the_same(row, &meeting().settled)
}

fn the_same(row: &Row, devices: &'static [Shown]) -> &'static Order {
    let first = &devices[0].orders[&row.number];
    for device in devices {
        assert_eq!(&device.orders[&row.number], first, "{} and {}", device.device, devices[0].device);
    }
    first
}
