//! The change feed of each window. A window follows one feed: when it loads anew, the feed of its past life ends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use docket_contracts::Change;
use docket_terminal::ChangeFeed;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;

/// The feeds that run, by the label of the window that they feed.
#[derive(Default)]
pub(crate) struct Feeds {
    running: Mutex<HashMap<String, JoinHandle<()>>>,
}

impl Feeds {
    /// Sends a feed to a window until the window is gone, asks again, or the terminal has closed.
    pub(crate) fn start(&self, window: &str, mut feed: ChangeFeed, channel: Channel<Change>) {
        let carried = tauri::async_runtime::spawn(async move {
            while let Some(change) = feed.next().await {
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
