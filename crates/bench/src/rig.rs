//! The stores that are measured: one demo shop is made, and every run gets a fresh copy of it on the same disk.

use std::path::{Path, PathBuf};

use docket_contracts::CommandRequest;
use docket_domain::ids::CommandId;
use docket_terminal::{OpenOptions, Terminal};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::error::BenchError;
use crate::sale::{self, Seller};

/// Sales in the shop before anything is measured, so that no table is empty.
const PAST_SALES: u64 = 100;

/// Holds the stores of a run; they go when it goes.
pub struct Rig {
    folder: TempDir,
}

impl Rig {
    /// Makes the shop that is copied.
    pub fn try_new(runtime: &Runtime, dir: &Path) -> Result<Self, BenchError> {
        std::fs::create_dir_all(dir).map_err(BenchError::file("make", dir))?;
        let folder = tempfile::tempdir_in(dir).map_err(BenchError::file("make a folder in", dir))?;
        let rig = Self { folder };
        let shop = rig.folder.path().join("shop");
        runtime.block_on(async {
            let seller = open(&shop).await?;
            seller.sell(PAST_SALES).await?;
            seller.close().await;
            Ok::<_, BenchError>(rig)
        })
    }

    /// The folder that holds all stores.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A fresh copy of the shop.
    pub fn copy(&self, name: &str) -> Result<PathBuf, BenchError> {
        let copy = self.folder.path().join(name);
        remove(&copy)?;
        copy_folder(&self.folder.path().join("shop"), &copy)?;
        Ok(copy)
    }

    /// A copy of the database of an open till that rests: what its writer found when the recording began.
    pub fn copy_store(&self, of: &Path, name: &str) -> Result<PathBuf, BenchError> {
        let copy = self.folder.path().join(name);
        remove(&copy)?;
        std::fs::create_dir_all(&copy).map_err(BenchError::file("make", &copy))?;
        let data = of.join("data");
        for file in ["store.db", "store.db-wal"] {
            let from = data.join(file);
            if from.exists() {
                std::fs::copy(&from, copy.join(file)).map_err(BenchError::file("copy", &from))?;
            }
        }
        Ok(copy.join("store.db"))
    }
}

/// The database of a till's folder.
pub fn database(till: &Path) -> PathBuf {
    till.join("data").join("store.db")
}

/// Opens a till as a host does, and signs the manager in.
pub async fn open(folder: &Path) -> Result<Seller, BenchError> {
    let options = OpenOptions { data: folder.join("data"), witness: Some(folder.join("witness")), demo: true };
    let terminal = Terminal::open(options).await.map_err(BenchError::refused("open"))?;
    let missing = |what: &str| BenchError::NotComparable(format!("the demo shop has no {what}"));
    let shop = terminal.query(None, "shop", json!({})).await.map_err(BenchError::refused("shop"))?;
    let pin = terminal.demo_pins().first().map(|demo| demo.pin.clone()).ok_or_else(|| missing("PIN"))?;
    let input = json!({"person_id": shop["people"][0]["person"]["person_id"], "pin": pin, "station": "till"});
    let request = CommandRequest { command_id: CommandId(uuid::Uuid::nil()), expected_version: None, input };
    let signed_in = terminal.command(None, "sign_in", request).await.map_err(BenchError::refused("sign_in"))?;
    let session = signed_in.session.ok_or_else(|| missing("session"))?.session_id;
    let page = terminal.query(Some(session), "products", json!({})).await.map_err(BenchError::refused("products"))?;
    let products = sale::plain_products(&page)?;
    Ok(Seller::new(terminal, session, products))
}

/// Copies a folder, in place of what was there. Both are on the disk then: what the system writes back half a minute later would
/// make the syncs slow that are measured by then.
pub fn replace(from: &Path, to: &Path) -> Result<(), BenchError> {
    remove(to)?;
    copy_folder(from, to)
}

fn remove(folder: &Path) -> Result<(), BenchError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(BenchError::file("remove", folder)(error)),
        _ => Ok(()),
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), BenchError> {
    let failed = || BenchError::file("copy", from);
    std::fs::create_dir_all(to).map_err(failed())?;
    for entry in std::fs::read_dir(from).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(failed())?;
            for file in [&entry.path(), &target] {
                std::fs::File::open(file).and_then(|file| file.sync_all()).map_err(failed())?;
            }
        }
    }
    Ok(())
}
