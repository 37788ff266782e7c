//! What must hold after a seed, by the ids of the design. Each check reads rows beside the till and works things out
//! anew; none asks the till whether it is right.

mod conflicts;
mod folds;
mod money;
mod numbers;
mod stores;

use docket_domain::order::Order;

use crate::device::Device;
use crate::failure::{Failure, broken};
use crate::ledger::Ledger;
use crate::rows::{self, Rows};
use docket_testkit::dice::Dice;

/// What was checked.
pub struct Checked {
    /// Rows that every device holds.
    pub rows: u64,
    /// Exceptions that were raised.
    pub exceptions: u64,
}

/// Every invariant, on devices that have exchanged until quiet. `held` are their rows.
pub async fn all(devices: &[Device], held: &[Rows], ledger: &Ledger, dice: &mut Dice) -> Result<Checked, Failure> {
    let union: Rows = held.iter().flatten().map(|(key, row)| (*key, row.clone())).collect();
    for (device, rows) in devices.iter().zip(held) {
        let missing = union.keys().find(|key| !rows.contains_key(*key));
        if let Some((log, seq, _)) = missing {
            let text = format!("{} never got row {seq} of log {log}, though everyone exchanged", device.name);
            return Err(broken("S7", text));
        }
    }
    ledger.all_there(&union)?;
    let orders = folds::orders(&union, dice)?;
    let mut digests = Vec::new();
    for (number, device) in devices.iter().enumerate() {
        let connection = rows::open(&device.data())?;
        ledger.hold_to_word(number, &connection, &union)?;
        stores::outbox(&connection)?;
        stores::levels(&connection)?;
        money::sums(&connection, &union, &orders)?;
        folds::read_models(&connection, &orders)?;
        numbers::labels(&connection)?;
        drop(connection);
        stores::verified(device, ledger).await?;
        digests.push((device.name, folds::rebuilt(device).await?));
    }
    if let Some(pair) = digests.windows(2).find(|pair| pair[0].1 != pair[1].1) {
        return Err(broken(
            "S7",
            format!("{} and {} hold the same rows and differ in their digest", pair[0].0, pair[1].0),
        ));
    }
    money::once(&orders)?;
    conflicts::work_against_cancels(&union, &orders)?;
    conflicts::losers(&union, &orders)?;
    if let Some(device) = dice.pick(devices) {
        conflicts::history(device, &union, &orders).await?;
    }
    numbers::receipts(&union, ledger)?;
    let exceptions = orders.iter().map(|order: &Order| order.exceptions.len()).sum::<usize>();
    let count = |number: usize| u64::try_from(number).expect("a count fits 64 bits");
    Ok(Checked { rows: count(union.len()), exceptions: count(exceptions) })
}
