//! A shop for one test: a data folder and, outside of it, a witness folder. Both go with the test.

use std::path::PathBuf;

use tempfile::TempDir;

/// Where one till of one test lies.
pub struct Shop {
    folder: TempDir,
    demo: bool,
}

impl Shop {
    /// The demo shop, made at the first start.
    ///
    /// # Panics
    /// If the system gives no temporary folder.
    #[must_use]
    pub fn demo() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), demo: true }
    }

    /// A place where there is no shop yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { demo: false, ..Self::demo() }
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the program is started with to open this shop.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let text = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        let mut words = vec!["--data".into(), text("data"), "--witness".into(), text("witness")];
        words.extend(self.demo.then(|| "--demo".to_owned()));
        words
    }

    /// Whether the store was left closed: its write-ahead log is folded in.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let log = self.data().join("store.db-wal");
        std::fs::metadata(log).map_or(true, |log| log.len() == 0)
    }
}
