//! Virtual time and seeded ids for the simulation of several tills, and its doors into a terminal.
//!
//! Compiled only with the feature `simulated`, which no host asks for. Until [`Virtual::set`] is called, the clock is
//! the machine's, so a build that unites the features of the whole workspace still makes a till like any other.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::SessionId;
use docket_domain::staff::Role;
use uuid::Uuid;

use crate::data::{Witness, WitnessFile, read_public};
use crate::error::refuse;
use crate::terminal::Terminal;

/// The process's virtual clock and what its ids follow from.
struct State {
    wall_ms: i64,
    chance: u64,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

fn state() -> MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The process's virtual time. There is one for every terminal in the process: whoever simulates several sets it
/// before each act to what that device's clock shows.
#[derive(Debug)]
pub struct Virtual;

impl Virtual {
    /// Sets the wall clock to milliseconds since 1970-01-01 UTC. From the first call on it moves by this alone.
    pub fn set(wall_ms: i64) {
        let mut state = state();
        let chance = state.as_ref().map_or(0, |state| state.chance);
        *state = Some(State { wall_ms, chance });
    }

    /// Lets ids and nonces of logs follow from this seed. Time must be virtual already.
    pub fn seed(seed: u64) {
        if let Some(state) = &mut *state() {
            state.chance = seed;
        }
    }
}

pub(crate) fn wall_ms() -> Option<i64> {
    state().as_ref().map(|state| state.wall_ms)
}

/// SplitMix64.
fn next(state: &mut State) -> u64 {
    state.chance = state.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = state.chance;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    let mut state = state();
    let Some(state) = &mut *state else { return false };
    for chunk in bytes.chunks_mut(8) {
        let random = next(state).to_be_bytes();
        chunk.copy_from_slice(&random[..chunk.len()]);
    }
    true
}

pub(crate) fn new_id() -> Option<Uuid> {
    let now = wall_ms()?;
    let mut random = [0; 10];
    fill(&mut random).then(|| {
        let millis = u64::try_from(now).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    })
}

impl Terminal {
    /// Opens a session for the first person of this role, without a PIN.
    #[must_use]
    pub fn open_session(&self, role: Role, station: &str) -> Option<SessionId> {
        let shop = self.shop();
        let person = shop.staff.active().find(|person| person.role == role)?;
        Some(self.inner.sessions.open(None, person.id, person.name.clone(), role, station.to_owned()).id)
    }

    /// Tells the witness how far the store has come: what a second of real time does.
    ///
    /// # Errors
    /// If the terminal ends, has no key, or the witness can't be written.
    pub async fn tell_witness(&self, folder: &Path) -> Result<(), ApiError> {
        let public = read_public(&self.inner.data)
            .ok_or_else(|| refuse(ErrorCode::StoreFailed, "data", "the folder has no device key"))?;
        let shared = self.inner.shared.clone();
        let told = self.inner.writer.task(move |writer| {
            let health = shared.health();
            Witness {
                run: writer.identity.run,
                starting: None,
                log: health.log.to_string(),
                seq: health.head.seq,
                hash: hex::encode(health.head.hash.0),
                letters: writer.identity.letters,
            }
        });
        Ok(WitnessFile::new(folder, &public).write(&told.await?, false)?)
    }
}
