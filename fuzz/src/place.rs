//! Places in logs for facts that come without one: three devices of a shop, who saw some of each other's facts.

use docket_domain::ids::{DeviceId, EventId, LogId};
use docket_domain::order::fact::{DeviceClass, Origin};
use docket_domain::order::{Fact, FactBody};
use uuid::Uuid;

/// The first facts of a history have ids that inputs can name: this prefix and the number of the line, from 1.
const EVENT_IDS: u128 = 0x0197_0000_0000_7000_8000_0000_0000_0000;

/// The fact of line `number` (from 1). `how` says who wrote it, what its author had seen and when.
pub(crate) fn fact(number: u64, how: u8, body: FactBody) -> Fact {
    let device = usize::from(how % 3);
    let class = [DeviceClass::Till, DeviceClass::Till, DeviceClass::Kitchen][device];
    let other = (device + 1 + usize::from(how / 3 % 2)) % 3;
    // Sometimes nothing, sometimes all before, and sometimes a future that can't be known.
    let seen = match how / 6 % 4 {
        0 => Vec::new(),
        1 => vec![(log(other), number - 1)],
        2 => vec![(log(other), number / 2)],
        _ => vec![(log(other), number + 3)],
    };
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Fact {
        id: EventId(Uuid::from_u128(EVENT_IDS + u128::from(number))),
        origin: Origin { log: log(device), seq: number, device: DeviceId(Uuid::from_u128(device as u128 + 1)), class },
        seen,
        clock: u64::from(how) << 16 | number,
        hash,
        wall_time_ms: 1_780_000_000_000,
        business_day: 20_260_528,
        body,
    }
}

fn log(device: usize) -> LogId {
    LogId([u8::try_from(device).unwrap_or(u8::MAX); 16])
}
