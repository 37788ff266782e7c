//! A shop for one test: a data folder and, outside of it, a witness folder. Both go with the test.

use std::path::PathBuf;

use tempfile::TempDir;

/// Where one till of one test lies.
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    /// An empty place.
    ///
    /// # Panics
    /// If the system gives no temporary folder.
    #[must_use]
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the program is started with to open this shop, the demo shop if it is empty.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let text = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        vec!["--data".into(), text("data"), "--witness".into(), text("witness"), "--demo".into()]
    }

    /// Whether the store was left closed: its write-ahead log is folded in.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let log = self.data().join("store.db-wal");
        std::fs::metadata(log).map_or(true, |log| log.len() == 0)
    }
}
