//! The change feed of each window. A window follows one feed: when it loads anew, the feed of its past life ends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use docket_contracts::Change;
use docket_terminal::ChangeFeed;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;
use tokio::time::timeout;

/// A change makes a window ask, and about one answer of two hundred lies in the engine (WebKitGTK 2.50) until something
/// else comes from the program, which would be the heartbeat a second later. So a word follows each change.
const NUDGE_AFTER: Duration = Duration::from_millis(40);

/// The feeds that run, by the label of the window that they feed.
#[derive(Default)]
pub(crate) struct Feeds {
    running: Mutex<HashMap<String, JoinHandle<()>>>,
}

impl Feeds {
    /// Sends a feed to a window until the window is gone, asks again, or the terminal has closed.
    pub(crate) fn start(&self, window: &str, mut feed: ChangeFeed, channel: Channel<Change>) {
        let carried = tauri::async_runtime::spawn(async move {
            let mut asks = false;
            loop {
                let next = if asks { timeout(NUDGE_AFTER, feed.next()).await } else { Ok(feed.next().await) };
                let Some(change) = next.unwrap_or_else(|_| Some(ChangeFeed::heartbeat())) else { return };
                asks = matches!(change, Change::Changed { .. });
                if channel.send(change).is_err() {
                    return;
                }
            }
        });
        let before = self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(window.to_owned(), carried);
        if let Some(before) = before {
            before.abort();
        }
    }

    /// Ends the feed of a window that is gone.
    pub(crate) fn stop(&self, window: &str) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(window) {
            running.abort();
        }
    }
}
