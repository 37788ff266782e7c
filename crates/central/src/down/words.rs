//! The word to other processes that a store has new rows of head office, and the relay messages. Words gather for a moment
//! and go together: whoever waits for an order on a screen is not held up by the work that they cause, and under load one
//! statement says what dozens would.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_domain::ids::StoreId;

use super::CHANNEL;
use crate::db::{Database, notify};
use crate::limits::WORDS_GATHER_MS;

/// Says the words. Copies of the value share what gathers.
#[derive(Debug, Clone)]
pub(super) struct Words {
    database: Database,
    gathered: Arc<Mutex<Gathered>>,
}

/// What is to be said.
#[derive(Debug, Default)]
struct Gathered {
    stores: BTreeSet<StoreId>,
    relay: bool,
}

impl Words {
    pub(super) fn new(database: Database) -> Self {
        Words { database, gathered: Arc::default() }
    }

    /// Has a word said soon; `relay` where there are messages too.
    pub(super) fn say(&self, store: StoreId, relay: bool) {
        let is_first = {
            let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            let is_first = gathered.stores.is_empty();
            gathered.stores.insert(store);
            gathered.relay |= relay;
            is_first
        };
        if is_first {
            let words = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(WORDS_GATHER_MS)).await;
                words.say_now().await;
            });
        }
    }

    /// Says what has gathered. Streams and relay look by themselves too, so a word that can't be said is not said again.
    pub(super) async fn say_now(&self) {
        let Gathered { stores, relay } = mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        if stores.is_empty() {
            return;
        }
        let mut channels = vec![CHANNEL; stores.len()];
        let mut words: Vec<String> = stores.iter().map(|store| store.0.to_string()).collect();
        if relay {
            channels.push(crate::relay::CHANNEL);
            words.push(String::new());
        }
        if let Err(error) = notify(self.database.pool(), &channels, &words).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "streams could not be told of new rows");
        }
    }
}
