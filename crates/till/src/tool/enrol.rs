//! `enrol`: this till becomes one of head office.

use std::fs;
use std::time::Duration;

use docket_contracts::ApiError;
use docket_terminal::join::FirstPin;
use docket_terminal::{EnrolOptions, Enrolled, Terminal};

use super::{Common, Verdict, print, unreadable};
use crate::cli::Enrol;
use crate::limits::{SHOP_LOOK_MS, SHOP_LOOKS};

pub(super) async fn enrol(options: Enrol, common: &Common) -> Result<Verdict, ApiError> {
    let Enrol { central, code, ca, plain } = options;
    // Read first: a missing file must not leave a new store behind.
    let ca = ca.map(|file| fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))).transpose()?;
    let terminal = common.open(false).await?;
    let done = join(&terminal, EnrolOptions { url: central, code, ca, plain }).await;
    terminal.close().await;
    let (enrolled, first) = done?;
    print(match enrolled {
        Enrolled::Founded => "this till is enrolled: its store is now a store of head office\n",
        Enrolled::Continued => "this till is enrolled as a further one of its store\n",
        Enrolled::Joined => "this till belongs to another store now\n",
    })?;
    match (enrolled, first) {
        (_, Some(first)) => {
            print(&format!("{first}\n"))?;
        }
        (Enrolled::Joined, None) => {
            print("its shop has not come down yet: `serve` brings it, and the start after that prints a PIN\n")?;
            return Ok(Verdict::Faulty);
        }
        _ => {}
    }
    Ok(Verdict::Sound)
}

/// Enrols. A till that joins a store waits for its shop, because PINs never leave their device: someone needs one here.
async fn join(terminal: &Terminal, options: EnrolOptions) -> Result<(Enrolled, Option<FirstPin>), ApiError> {
    let enrolled = terminal.enrol(options).await?;
    if enrolled != Enrolled::Joined {
        return Ok((enrolled, None));
    }
    terminal.attach().await?;
    for _ in 0..SHOP_LOOKS {
        if let Some(first) = terminal.set_first_pin().await? {
            return Ok((enrolled, Some(first)));
        }
        tokio::time::sleep(Duration::from_millis(SHOP_LOOK_MS)).await;
    }
    Ok((enrolled, None))
}
