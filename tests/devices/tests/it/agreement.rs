//! What must be the same on every device, whatever reached it in which order.

use std::collections::BTreeSet;

use docket_devices::row::{Act, Row};
use docket_devices::seen::Shown;
use docket_devices::shop::order_id;

use crate::{meeting, met, rows};

#[test]
fn all_devices_show_one_digest() {
    for devices in [&meeting().met, &meeting().settled] {
        let digests: BTreeSet<&str> = devices.iter().map(|device| device.digest.as_str()).collect();
        assert_eq!(
            digests.len(),
            1,
            "{:?}",
            devices.iter().map(|device| (&device.device, &device.digest)).collect::<Vec<_>>()
        );
    }
    assert_ne!(meeting().met[0].digest, meeting().settled[0].digest, "the digest follows what happened");
}

#[test]
fn a_rebuild_gives_the_same_digest_on_every_device() {
    let shown: Vec<&str> = meeting().settled.iter().map(|device| device.digest.as_str()).collect();
    assert_eq!(meeting().rebuilt, shown);
}

#[test]
fn all_devices_list_the_same_open_exceptions() {
    for (devices, open) in [(&meeting().met, 15), (&meeting().settled, 11)] {
        for device in devices {
            assert_eq!(device.exceptions, devices[0].exceptions, "{}", device.device);
        }
        assert_eq!(devices[0].exceptions.as_array().map(Vec::len), Some(open), "{}", devices[0].exceptions);
    }
}

#[test]
fn batches_that_come_before_what_they_follow_are_refused_until_it_is_there() {
    assert!(meeting().refusals > 0, "the shuffle must put something first that follows from something else");
}

fn cancels(acts: &[Act]) -> bool {
    acts.contains(&Act::Cancel)
}

/// Whether one of the acts makes, gives away or sells what a cancel calls off.
fn works(acts: &[Act]) -> bool {
    acts.iter().any(|act| match act {
        Act::Do(name) | Act::On(name, _) => ["start", "ready", "bump_line", "hand_over"].contains(name),
        Act::Pay(_) => true,
        _ => false,
    })
}

#[test]
fn work_beside_an_unseen_cancel_always_raises_an_exception() {
    let beside =
        |row: &&&Row| row.unlinked.iter().any(|acts| cancels(acts)) && row.unlinked.iter().any(|acts| works(acts));
    let rows = rows();
    let beside: Vec<&&Row> = rows.iter().filter(beside).collect();
    assert_eq!(beside.len(), 5);
    for row in beside {
        assert!(!met(row).exceptions().is_empty(), "row {}", row.number);
    }
}

/// Ids of the order's facts in the logs that the device holds.
fn written(device: &Shown, row: &Row) -> BTreeSet<String> {
    let of_order = |line: &&serde_json::Value| line["stream_id"] == order_id(row.number).to_string();
    device.rows().filter(of_order).map(|line| line["event_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_fact_of_every_device_stays_readable_in_the_history_of_its_order() {
    for devices in [&meeting().met, &meeting().settled] {
        for (device, row) in devices.iter().flat_map(|device| rows().into_iter().map(move |row| (device, row))) {
            let history = &device.orders[&row.number].history;
            let shown: BTreeSet<String> =
                history.iter().map(|fact| fact["event_id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(shown, written(device, row), "row {} at {}", row.number, device.device);
            assert_eq!(shown.len(), history.len(), "none stands there twice");
        }
    }
}
