//! How this device's windows stand, and whether it is in kiosk mode: kept beside the store, so that it survives a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::displays::Wish;

/// What is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    /// The windows fill their displays, and nobody closes them, until a manager says so.
    pub(crate) kiosk: bool,
    pub(crate) cashier: Wish,
    pub(crate) kitchen: Wish,
    pub(crate) board: Wish,
}

impl Kept {
    /// The wish of a window, by its label.
    pub(crate) fn of(&self, label: &str) -> &Wish {
        match label {
            "kitchen" => &self.kitchen,
            "board" => &self.board,
            _ => &self.cashier,
        }
    }

    pub(crate) fn of_mut(&mut self, label: &str) -> &mut Wish {
        match label {
            "kitchen" => &mut self.kitchen,
            "board" => &mut self.board,
            _ => &mut self.cashier,
        }
    }
}

/// The arrangement of one data folder.
pub(crate) struct Arrangement {
    file: PathBuf,
    kept: Mutex<Kept>,
}

impl Arrangement {
    /// What the folder keeps. A file that can't be read is no reason not to sell: the windows then stand as usual.
    pub(crate) fn beside(data: &Path) -> Self {
        let file = data.join("displays.json");
        let kept = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "how the windows stand can't be read; they stand as usual");
                Kept::default()
            }),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "how the windows stand can't be read; they stand as usual");
                }
                Kept::default()
            }
        };
        Self { file, kept: Mutex::new(kept) }
    }

    pub(crate) fn now(&self) -> Kept {
        self.lock().clone()
    }

    /// Changes it, and keeps the change before it shows.
    ///
    /// # Errors
    /// If the folder can't be written; nothing has changed then.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Kept)) -> io::Result<Kept> {
        let mut kept = self.lock();
        let mut next = kept.clone();
        change(&mut next);
        let bytes = serde_json::to_vec_pretty(&next).map_err(io::Error::other)?;
        let fresh = self.file.with_extension("new");
        let file = std::fs::File::create(&fresh)?;
        io::Write::write_all(&mut &file, &bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.file)?;
        *kept = next;
        Ok(kept.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
