//! A4: what a call costs that is denied, against one that is taken: processor time of the service and of its database.

use std::path::Path;
use std::sync::Arc;

use super::{Ground, LINES, ORDERS, placing};
use crate::api::ApiOffice;
use crate::api::line::{Caller, Load, Making};
use crate::error::BenchError;
use crate::figure::Figure;
use crate::measure::pressure;
use crate::measure::processor::Spent;
use crate::office::{Office, database};
use crate::report::{Must, Row};

/// Calls of each kind in a round; `/proc` counts in hundredths of a second.
const CALLS: u64 = 3_000;

/// Microseconds that a call costs, in the mean.
fn cost(ground: &Ground<'_>, office: &Office, load: &Load, first: u64, calls: u64) -> Result<Figure, BenchError> {
    ground.runtime.block_on(async {
        let mut owner = database::connect(&office.url()).await?;
        let before = Spent::by(&database::of_service(office, &mut owner).await?);
        load.flat_out(first, calls).await?;
        let after = Spent::by(&database::of_service(office, &mut owner).await?);
        Ok(Figure::part(after.micros_since(&before), calls))
    })
}

/// Measures the row: the dearest of the three kinds of denial.
pub(super) fn row(ground: &mut Ground<'_>, folder: &Path) -> Result<Row, BenchError> {
    let folder = folder.join("strict");
    std::fs::create_dir_all(&folder).map_err(BenchError::file("make", &folder))?;
    // A service of its own, where a token may call once a second.
    let strict = ground.runtime.block_on(ApiOffice::open(&ground.server, &folder, Some("1/1")))?;
    let often = strict.caller("office", "admin")?;
    let forged = Caller::new(&format!("{}A", ground.api.issuer.token(ground.api.office.tenant(), "office", "admin")?));
    let calls = ground.amount(CALLS);
    let load = |port, status, making| Load { port, lines: LINES, status, making };
    // One of them is allowed in a second; it counts too.
    let list: Making = Arc::new(move |_| often.get(ORDERS));
    let admin = ground.admin.clone();
    let empty: Making =
        Arc::new(move |number| admin.post(ORDERS, &format!("bad-{number}"), "{\"user_id\":\"u\",\"items\":[]}"));
    let pairs = pressure::rounds(ground.rounds, || {
        let first = ground.next(calls);
        let port = ground.api.port;
        let taken = cost(ground, &ground.api.office, &load(port, &[201], placing(&ground.admin)), first, calls)?;
        let unknown = cost(ground, &ground.api.office, &load(port, &[401], placing(&forged)), first, calls)?;
        let bad = cost(ground, &ground.api.office, &load(port, &[400], Arc::clone(&empty)), first, calls)?;
        let over = cost(ground, &strict.office, &load(strict.port, &[429, 200], Arc::clone(&list)), first, calls)?;
        eprintln!("A4: taken {taken} µs; bad token {unknown}, over the limit {over}, bad body {bad}");
        Ok::<_, BenchError>((unknown.max(bad).max(over), taken))
    })?;
    let must = Must::AtMostTimes(Figure(300));
    Ok(ground.row(
        "A4",
        "processor time of a denied call (the dearest kind), against one that is taken",
        "µs",
        &pairs,
        must,
    ))
}
