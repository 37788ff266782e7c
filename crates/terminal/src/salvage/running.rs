//! Damage that shows while the till sells: the writer stops, salvages, and goes on in the new file. Sessions stay; what
//! was acknowledged stays; a command that met the damage is run again.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use docket_contracts::Topic;

use super::salvage;
use crate::clock::wall_ms;
use crate::error::StoreError;
use crate::limits::SALVAGE_AGAIN_MS;
use crate::store;
use crate::terminal::Terminal;
use crate::writer::{Opening, Writer};

impl Writer {
    /// Salvages the damaged file and goes on in a new one; the till can only read if that fails.
    ///
    /// # Errors
    /// If the folder can't be written, or the last salvage is so recent that another would not help.
    pub(crate) fn salvage(&mut self, why: &str) -> Result<(), StoreError> {
        let now = wall_ms();
        if self.salvaged_ms.is_some_and(|at| now - at < SALVAGE_AGAIN_MS) {
            return Err(StoreError::Corrupt("the store was damaged again right after it was salvaged".into()));
        }
        self.salvaged_ms = Some(now);
        let home = self.home.clone();
        // The damaged file is kept as it was found: nothing is folded into it any more.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        self.connection = Connection::open_in_memory()?;
        if let Err(error) = salvage(&home.data, &home.keys, why) {
            self.connection = store::open_writer(&home.data)?;
            return Err(error);
        }
        let shared = Some(self.shared.clone());
        let parts = Opening { data: &home.data, keys: &home.keys, witness: &home.witness, shared }.try_open()?;
        let salvaged_ms = self.salvaged_ms;
        *self = Writer { salvaged_ms, ..parts.writer };
        self.keep_spare();
        let topics = [Topic::Orders, Topic::Kitchen, Topic::Exceptions, Topic::Catalogue, Topic::Shop, Topic::Status];
        self.shared.feed.publish(topics.to_vec(), None);
        Ok(())
    }
}

impl Terminal {
    /// Salvages the file because a reader met damage, unless that was done since `seen` replacements.
    pub(crate) async fn mend(&self, seen: u64, why: &str) -> bool {
        let why = why.to_owned();
        let mended = self.inner.writer.task(move |writer| {
            if writer.shared.replacements() > seen {
                return Ok(());
            }
            writer.salvage(&why)
        });
        match mended.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the damaged store could not be salvaged");
                return false;
            }
            Err(_) => return false,
        }
        if let Err(error) = crate::rebuild::start_if_needed(self).await {
            tracing::error!(%error, "the screens could not be made anew");
        }
        true
    }
}
