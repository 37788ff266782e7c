//! The run witness: a small file outside the data folder that remembers how far the folder had come.
//!
//! A folder restored from an old copy can't tell so by itself. The witness can: it names the run and the head that
//! it last saw, and a store that stands behind it has lost numbers that it may already have given away.

use std::path::{Path, PathBuf};

use docket_log::PublicKey;
use serde::{Deserialize, Serialize};

use super::{make_folder, write_whole};
use crate::error::{StoreError, file_error};

/// What the witness remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The last run that wrote here. During a start it names the run before, see `starting`.
    pub run: u64,
    /// The run that is being started, until its first row is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starting: Option<u64>,
    /// The log of that run, 32 hex digits.
    pub log: String,
    /// A seq that was stored in it.
    pub seq: u64,
    /// The hash of that row, hex.
    pub hash: String,
    /// How many letters this device has used up.
    pub letters: u32,
}

/// Whether the store is the one that the witness saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continuity {
    /// A new store, and no witness of an older one.
    Fresh,
    /// The store holds everything that the witness saw.
    Proven,
    /// It does not, or there is no witness: numbers may have been given away that the store does not know.
    Unproven {
        /// Why, in words.
        reason: String,
        /// Letters that were used up, as far as the witness knows.
        letters: u32,
    },
}

/// The file of one device's witness.
#[derive(Debug, Clone)]
pub struct WitnessFile {
    path: PathBuf,
}

impl WitnessFile {
    /// The witness of the device with this key, in this folder.
    #[must_use]
    pub fn new(folder: &Path, device: &PublicKey) -> Self {
        let name: String = device.0[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        WitnessFile { path: folder.join(format!("{name}.json")) }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it remembers; `None` if there is none or it can't be read.
    #[must_use]
    pub fn read(&self) -> Option<Witness> {
        serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()
    }

    /// Replaces what it remembers.
    ///
    /// # Errors
    /// If its folder can't be written.
    pub fn write(&self, witness: &Witness, sync: bool) -> Result<(), StoreError> {
        if let Some(folder) = self.path.parent() {
            make_folder(folder).map_err(file_error(format!("can't make {}", folder.display())))?;
        }
        let text = serde_json::to_vec(witness).expect("a witness holds texts and numbers");
        write_whole(&self.path, &text, sync)
    }
}

impl Witness {
    /// Compares the witness with the store: its run, and whether it holds the row that the witness saw.
    #[must_use]
    pub fn compare(found: Option<&Witness>, store_run: u64, holds: impl Fn(&str, u64, &str) -> bool) -> Continuity {
        let Some(witness) = found else {
            return if store_run == 0 {
                Continuity::Fresh
            } else {
                let reason = format!(
                    "there is no witness of run {store_run}: the folder was copied here, or the witness was deleted"
                );
                Continuity::Unproven { reason, letters: 0 }
            };
        };
        let unproven = |reason: String| Continuity::Unproven { reason, letters: witness.letters };
        // A start writes its run into the witness first, then into the store; it may have died between the two.
        if store_run != witness.run && Some(store_run) != witness.starting {
            return unproven(format!("the store is at run {store_run}, its witness at run {}", witness.run));
        }
        // Before its first row was stored a store has given nothing away: the cut came inside the very first start.
        if store_run == witness.run && witness.seq > 0 && !holds(&witness.log, witness.seq, &witness.hash) {
            return unproven(format!(
                "the store does not hold row {} of log {} that its witness saw",
                witness.seq, witness.log
            ));
        }
        Continuity::Proven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(run: u64, starting: Option<u64>) -> Witness {
        Witness { run, starting, log: "a".into(), seq: 9, hash: "b".into(), letters: 2 }
    }

    #[test]
    fn a_store_that_holds_what_the_witness_saw_is_proven() {
        assert_eq!(Witness::compare(Some(&witness(3, None)), 3, |_, _, _| true), Continuity::Proven);
        assert_eq!(Witness::compare(Some(&witness(3, Some(4))), 4, |_, _, _| false), Continuity::Proven);
        assert_eq!(Witness::compare(None, 0, |_, _, _| false), Continuity::Fresh);
        let first = Witness { seq: 0, log: String::new(), ..witness(0, Some(1)) };
        assert_eq!(
            Witness::compare(Some(&first), 0, |_, _, _| false),
            Continuity::Proven,
            "cut inside the first start"
        );
    }

    #[test]
    fn an_old_copy_is_unproven_by_run_and_by_head() {
        let unproven = |continuity| matches!(continuity, Continuity::Unproven { .. });
        assert!(unproven(Witness::compare(Some(&witness(3, None)), 2, |_, _, _| true)));
        assert!(unproven(Witness::compare(Some(&witness(3, None)), 3, |_, _, _| false)));
        assert!(unproven(Witness::compare(None, 3, |_, _, _| true)));
    }
}
