//! `enrol`: this till becomes one of head office.

use std::fs;

use docket_contracts::ApiError;
use docket_terminal::{EnrolOptions, Enrolled};

use super::{Common, Verdict, print, unreadable};
use crate::cli::Enrol;

pub(super) async fn enrol(options: Enrol, common: &Common) -> Result<Verdict, ApiError> {
    let Enrol { central, code, ca, plain } = options;
    // Read first: a missing file must not leave a new store behind.
    let ca = ca.map(|file| fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))).transpose()?;
    let terminal = common.open(false).await?;
    let enrolled = terminal.enrol(EnrolOptions { url: central, code, ca, plain }).await;
    terminal.close().await;
    print(match enrolled? {
        Enrolled::Founded => "this till is enrolled: its store is now a store of head office\n",
        Enrolled::Continued => "this till is enrolled as a further one of its store\n",
        Enrolled::Joined => "this till belongs to another store now; its shop comes down when `serve` connects\n",
    })?;
    Ok(Verdict::Sound)
}
