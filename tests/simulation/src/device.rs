//! One device: a real till on a folder of its own, whose clock may be wrong and whose program may end at any time.

use std::path::{Path, PathBuf};

use docket_contracts::{ApiError, CommandOutcome, CommandRequest};
use docket_domain::ids::{CommandId, SessionId};
use docket_domain::staff::Role;
use docket_terminal::Terminal;
use docket_terminal::simulated::Virtual;
use serde_json::Value;
use uuid::Uuid;

use crate::failure::Failure;
use crate::folder;
use crate::template::{DATA, Template, WITNESS, options};

/// Copies of one folder that are kept at most.
const COPIES_MAX: usize = 3;

/// The people who are signed in at each till.
pub const ROLES: [Role; 3] = [Role::Manager, Role::Cashier, Role::Kitchen];

/// A command as a client sends it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Made by the client.
    pub id: Uuid,
    /// Which command.
    pub name: &'static str,
    /// Its input.
    pub input: Value,
    /// The version that the client saw.
    pub expected: Option<String>,
    /// Who is signed in.
    pub role: Role,
}

/// A device of the shop.
pub struct Device {
    /// For the trace.
    pub name: char,
    /// How far its clock is off, in milliseconds.
    pub skew_ms: i64,
    folder: PathBuf,
    generation: u32,
    copies: Vec<PathBuf>,
    copied: u32,
    open: Option<Open>,
}

struct Open {
    till: Terminal,
    sessions: [Option<SessionId>; 3],
}

impl Device {
    /// The device with this number, opened at this time.
    pub async fn new(number: usize, template: &Template, root: &Path, now_ms: i64) -> Result<Self, Failure> {
        let folder = root.join(number.to_string());
        let letter = u8::try_from(number).expect("there are few devices");
        let mut device = Device {
            name: char::from(b'a' + letter),
            skew_ms: 0,
            folder,
            generation: 0,
            copies: Vec::new(),
            copied: 0,
            open: None,
        };
        template.unpack(number, &device.home())?;
        device.start(now_ms).await?;
        Ok(device)
    }

    fn home(&self) -> PathBuf {
        self.folder.join(format!("run-{}", self.generation))
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.home().join(DATA)
    }

    /// The witness's folder.
    pub fn witness(&self) -> PathBuf {
        self.home().join(WITNESS)
    }

    /// The till.
    pub fn till(&self) -> &Terminal {
        &self.open.as_ref().expect("a device is closed only inside an act of its own").till
    }

    /// Lets the process's clock show what this device's clock shows.
    pub fn look_at_clock(&self, now_ms: i64) {
        Virtual::set(now_ms + self.skew_ms);
    }

    async fn start(&mut self, now_ms: i64) -> Result<(), Failure> {
        self.look_at_clock(now_ms);
        let till = Terminal::open(options(&self.home())).await.map_err(Failure::till("a start"))?;
        let sessions = ROLES.map(|role| till.open_session(role, "till"));
        self.open = Some(Open { till, sessions });
        Ok(())
    }

    async fn end(&mut self) {
        if let Some(open) = self.open.take() {
            open.till.close().await;
        }
    }

    fn session(&self, role: Role) -> Option<SessionId> {
        let open = self.open.as_ref()?;
        ROLES.iter().position(|known| *known == role).and_then(|index| open.sessions[index])
    }

    /// Sends a command.
    pub async fn send(&self, sent: &Sent) -> Result<CommandOutcome, ApiError> {
        let request = CommandRequest {
            command_id: CommandId(sent.id),
            expected_version: sent.expected.clone(),
            input: sent.input.clone(),
        };
        self.till().command(self.session(sent.role), sent.name, request).await
    }

    /// Asks a query as the manager.
    pub async fn ask(&self, name: &str, input: Value) -> Result<Value, ApiError> {
        self.till().query(self.session(Role::Manager), name, input).await
    }

    /// What a second of time does: the witness learns how far the store has come.
    pub async fn second(&self) -> Result<(), Failure> {
        self.till().tell_witness(&self.witness()).await.map_err(Failure::till("telling the witness"))
    }

    /// Ends in an orderly way and starts again.
    pub async fn restart(&mut self, now_ms: i64) -> Result<(), Failure> {
        self.look_at_clock(now_ms);
        self.end().await;
        self.start(now_ms).await
    }

    /// Length of the write-ahead log in bytes.
    pub fn written(&self) -> u64 {
        std::fs::metadata(folder::write_ahead_log(&self.data())).map_or(0, |file| file.len())
    }

    /// Dies at this instant and starts again on the files as they were. `keep` cuts what was written behind that many
    /// bytes of the write-ahead log, as if the program had died while it wrote.
    pub async fn crash(&mut self, keep: Option<u64>, now_ms: i64) -> Result<(), Failure> {
        let before = self.home();
        let after = self.folder.join(format!("run-{}", self.generation + 1));
        folder::copy(&before, &after)?;
        self.end().await;
        std::fs::remove_dir_all(before)?;
        self.generation += 1;
        if let Some(bytes) = keep {
            let log = folder::write_ahead_log(&self.data());
            if log.exists() {
                std::fs::OpenOptions::new().write(true).open(log)?.set_len(bytes)?;
            }
        }
        self.start(now_ms).await
    }

    /// Takes a copy of the data folder, as a person makes a backup.
    pub fn copy(&mut self) -> Result<(), Failure> {
        if self.copies.len() >= COPIES_MAX {
            std::fs::remove_dir_all(self.copies.remove(0))?;
        }
        self.copied += 1;
        let to = self.folder.join(format!("copy-{}", self.copied));
        folder::copy(&self.data(), &to)?;
        self.copies.push(to);
        Ok(())
    }

    /// How many copies there are.
    pub fn copies(&self) -> usize {
        self.copies.len()
    }

    /// Puts an old copy in the place of the data folder and starts on it. With `moved`, the folder comes to a machine
    /// that has no witness of it.
    pub async fn restore(&mut self, copy: usize, moved: bool, now_ms: i64) -> Result<(), Failure> {
        self.look_at_clock(now_ms);
        self.end().await;
        folder::replace(&self.copies[copy], &self.data())?;
        if moved {
            std::fs::remove_dir_all(self.witness())?;
        }
        self.start(now_ms).await
    }

    /// Ends for good.
    pub async fn close(mut self) {
        self.end().await;
    }
}
