//! The terminal: what a host holds. Opening it takes the folder's lock, checks continuity and opens a new log.

use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use docket_contracts::command::{CheckMenu, Enrol as EnrolInput};
use docket_contracts::outcome::FirstPinOutcome;
use docket_contracts::{ApiError, ChangePosition, Command, CommandOutcome, CommandRequest, ErrorCode, Query};
use docket_domain::ids::{CommandId, SessionId};
use docket_domain::policy::allows;
use sqlx::sqlite::SqlitePool;

use crate::clock::pause;
use crate::data::{self, FolderLock, Witness, WitnessFile};
use crate::error::refuse;
use crate::feed::ChangeFeed;
use crate::import::Reader;
use crate::import_file::Arrivals;
use crate::limits::WITNESS_EVERY_MS;
use crate::operation::{operation_of, query_operation};
use crate::salvage;
use crate::session::{Session, Sessions};
use crate::setup::DemoPin;
use crate::shared::Shared;
use crate::store;
use crate::uplink::{EnrolOptions, Uplinks};
use crate::writer::{Call, WriterHandle};

/// How to open a terminal.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The data folder.
    pub data: PathBuf,
    /// Folder of the run witness; none means the platform's folder for state.
    pub witness: Option<PathBuf>,
    /// Make the demo shop where the folder is empty.
    pub demo: bool,
}

pub(crate) struct Inner {
    pub(crate) data: PathBuf,
    pub(crate) secret: [u8; 32],
    pub(crate) writer: WriterHandle,
    pub(crate) readers: SqlitePool,
    pub(crate) shared: Arc<Shared>,
    pub(crate) sessions: Sessions,
    pub(crate) demo: bool,
    /// One import at a time: each reads the heads that the one before has left.
    pub(crate) importing: tokio::sync::Mutex<Option<Reader>>,
    pub(crate) arrivals: Arrivals,
    pub(crate) uplinks: Uplinks,
    witness: tokio::task::JoinHandle<()>,
    patrol: std::sync::Mutex<Option<tokio::task::AbortHandle>>,
    lock: std::sync::Mutex<Option<FolderLock>>,
}

/// The till without a window. Cheap to clone.
#[derive(Clone)]
pub struct Terminal {
    pub(crate) inner: Arc<Inner>,
}

impl Terminal {
    /// Opens the store in a folder; makes it where there is none.
    ///
    /// # Errors
    /// `store_locked`, `store_newer`, `store_read_only`, `disk_full` or `store_failed`, each with its rule.
    pub async fn open(options: OpenOptions) -> Result<Terminal, ApiError> {
        let lock = data::lock_folder(&options.data)?;
        crate::download::sweep(&options.data);
        let keys = data::open_keys(&options.data, salvage::was_here(&options.data))?;
        let folder = options.witness.clone().unwrap_or_else(data::default_witness_folder);
        let witness = WitnessFile::new(&folder, &keys.device.public());
        let secret = keys.secret;
        let parts = salvage::start(&options.data, &keys, &witness).await?;
        let (writer, shared) = (parts.writer, parts.shared);
        let readers = store::open_readers(&options.data, shared.clone()).await?;
        let inner = Inner {
            arrivals: Arrivals::new(&options.data),
            uplinks: Uplinks::default(),
            data: options.data,
            secret,
            writer: WriterHandle::start(writer),
            readers,
            shared: shared.clone(),
            sessions: Sessions::default(),
            demo: options.demo,
            importing: tokio::sync::Mutex::new(None),
            witness: tokio::spawn(keep_witness(witness, shared, parts.letters, parts.run)),
            patrol: std::sync::Mutex::new(None),
            lock: std::sync::Mutex::new(Some(lock)),
        };
        let terminal = Terminal { inner: Arc::new(inner) };
        if options.demo && terminal.shop().set_up.is_none() && !terminal.waits_for_shop()? {
            terminal.set_up_demo().await?;
        }
        let seen = terminal.inner.shared.replacements();
        match crate::rebuild::start_if_needed(&terminal).await {
            // A mended store has its screens made anew.
            Err(error) if is_damage(&error) && terminal.mend(seen, &error.rule).await => {}
            started => started?,
        }
        let patrol = tokio::spawn(crate::verify::patrol(terminal.clone()));
        *terminal.inner.patrol.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(patrol.abort_handle());
        Ok(terminal)
    }

    /// Runs a command of the list.
    ///
    /// # Errors
    /// The refusal, with code, field and rule. Nothing was written then.
    pub async fn command(
        &self,
        session: Option<SessionId>,
        name: &str,
        request: CommandRequest,
    ) -> Result<CommandOutcome, ApiError> {
        let request_hash = request_hash(name, &request);
        let command = Command::parse(name, request.input)?;
        match command {
            Command::SignIn(input) => {
                let seen = self.inner.shared.replacements();
                match self.sign_in(session, input.clone()).await {
                    Err(error) if is_damage(&error) && self.mend(seen, &error.rule).await => {
                        self.sign_in(session, input).await
                    }
                    outcome => outcome,
                }
            }
            Command::CheckMenu(input) => self.check_menu(session, &input),
            Command::SetUpShop(input) => self.set_up_shop(request.command_id, request_hash, input).await,
            Command::FirstPin(_) => self.show_first_pin().await,
            // Before the first start there is nobody who could sign in.
            Command::Enrol(input) if session.is_none() && self.shop().set_up.is_none() => self.enrol_by(input).await,
            Command::SignOut(_) => {
                let session = self.session(session)?;
                self.inner.sessions.close(session.id);
                Ok(CommandOutcome::plain(true))
            }
            command => {
                let session = self.session(session)?;
                self.act(&session, request.command_id, request_hash, request.expected_version, command).await
            }
        }
    }

    async fn enrol_by(&self, input: EnrolInput) -> Result<CommandOutcome, ApiError> {
        let EnrolInput { url, code, ca, plain } = input;
        self.enrol(EnrolOptions { url, code, ca, plain }).await?;
        Ok(CommandOutcome::plain(true))
    }

    /// The first PIN of a till that joined a store, for a screen. Where somebody has one already nothing happens.
    async fn show_first_pin(&self) -> Result<CommandOutcome, ApiError> {
        if self.shop().set_up.is_none() {
            return Err(refuse(ErrorCode::ShopNotSetUp, "", "the shop has not come down yet"));
        }
        let due = self.first_pin_due().await?;
        let first = if due { self.set_first_pin().await? } else { None };
        let shown = first.map(|first| FirstPinOutcome { name: first.name, pin: first.pin });
        Ok(CommandOutcome { first_pin: shown.clone(), ..CommandOutcome::plain(shown.is_some()) })
    }

    async fn act(
        &self,
        session: &Session,
        command_id: CommandId,
        request_hash: [u8; 32],
        expected_version: Option<String>,
        command: Command,
    ) -> Result<CommandOutcome, ApiError> {
        let actor = session.actor();
        match command {
            Command::ImportMenu(input) => {
                self.allow(session, docket_domain::policy::Operation::ImportMenu)?;
                self.publish_menu(actor, command_id, request_hash, &input.menu, input.menu_id.as_deref()).await
            }
            command @ (Command::AddPerson(_) | Command::ChangePerson(_)) => {
                self.allow(session, operation_of(&command, None))?;
                self.change_staff(actor, command_id, request_hash, command).await
            }
            Command::ChangeShop(input) => {
                self.allow(session, docket_domain::policy::Operation::ChangeShop)?;
                self.change_shop(actor, command_id, request_hash, input).await
            }
            Command::SetDevice(input) => {
                self.allow(session, docket_domain::policy::Operation::SetDevice)?;
                self.set_device(actor, command_id, request_hash, input).await
            }
            Command::Enrol(input) => {
                self.allow(session, docket_domain::policy::Operation::Enrol)?;
                self.enrol_by(input).await
            }
            Command::Rebuild(_) => {
                self.allow(session, docket_domain::policy::Operation::Rebuild)?;
                crate::rebuild::start(self).await
            }
            Command::Verify(_) => {
                self.allow(session, docket_domain::policy::Operation::Verify)?;
                crate::verify::start(self)
            }
            Command::Export(input) => {
                self.allow(session, docket_domain::policy::Operation::Export)?;
                crate::export_file::start(self, input.download)
            }
            Command::ImportPart(input) => {
                self.allow(session, docket_domain::policy::Operation::ImportLog)?;
                self.import_part(input).await
            }
            Command::ImportLog(input) => {
                self.allow(session, docket_domain::policy::Operation::ImportLog)?;
                self.start_import(input.file_id).await
            }
            Command::CancelWork(input) => {
                self.allow(session, docket_domain::policy::Operation::CancelWork)?;
                self.cancel_work(input.work).await
            }
            command => {
                let call = Call { command_id, request_hash, actor, expected_version, command, act: None };
                let seen = self.inner.shared.replacements();
                let outcome = self.inner.writer.call(call).await;
                if self.inner.shared.replacements() > seen {
                    // The writer met damage and went on in a new file; its screens are made in the background.
                    self.mend(seen, "").await;
                }
                outcome
            }
        }
    }

    /// Before the first start nobody can have a session, and whoever sets up the shop wants to see the menu.
    fn check_menu(&self, session: Option<SessionId>, input: &CheckMenu) -> Result<CommandOutcome, ApiError> {
        let shop = self.shop();
        if shop.set_up.is_some() {
            self.allow(&self.session(session)?, docket_domain::policy::Operation::CheckMenu)?;
        }
        let currency = input.currency.as_deref().or(shop.set_up.as_ref().map(|shop| shop.currency.code()));
        let menu = Some(Box::new(crate::menu::check(input, currency)));
        Ok(CommandOutcome { menu, ..CommandOutcome::plain(false) })
    }

    /// Answers a query of the list, as JSON.
    ///
    /// # Errors
    /// The refusal, with code, field and rule.
    pub async fn query(
        &self,
        session: Option<SessionId>,
        name: &str,
        input: serde_json::Value,
    ) -> Result<serde_json::Value, ApiError> {
        let query = Query::parse(name, input)?;
        let seen = self.inner.shared.replacements();
        match self.ask(session, query.clone()).await {
            Err(error) if is_damage(&error) && self.mend(seen, &error.rule).await => self.ask(session, query).await,
            answer => answer,
        }
    }

    async fn ask(&self, session: Option<SessionId>, query: Query) -> Result<serde_json::Value, ApiError> {
        if let Query::Shop(_) = query {
            return crate::query::to_json(&self.shop_view().await?);
        }
        if let Query::ReadyBoard(_) = query {
            return crate::query::to_json(&self.ready_board().await?);
        }
        let session = self.session(session)?;
        if let Some(operation) = query_operation(&query) {
            self.allow(&session, operation)?;
        }
        self.answer(&session, query).await
    }

    /// Follows the change feed, from behind a position where that is still kept.
    #[must_use]
    pub fn changes(&self, after: Option<&ChangePosition>) -> ChangeFeed {
        self.inner.shared.feed.follow(after)
    }

    /// Whether a session is open: hosts ask before they let a window follow the feed.
    #[must_use]
    pub fn has_session(&self, session: SessionId) -> bool {
        self.inner.sessions.get(session).is_some()
    }

    /// The PINs of the demo shop; empty in any other.
    #[must_use]
    pub fn demo_pins(&self) -> Vec<DemoPin> {
        if self.inner.demo { crate::setup::demo_pins(&self.shop()) } else { Vec::new() }
    }

    /// Ends: drains what is queued, folds the write-ahead log in and lets the folder go.
    pub async fn close(self) {
        let inner = self.inner.clone();
        inner.shared.stop_works();
        let uplink = inner.clone();
        if tokio::task::spawn_blocking(move || uplink.uplinks.stop()).await.is_err() {
            tracing::error!("the uplink could not be stopped");
        }
        inner.witness.abort();
        if let Some(patrol) = inner.patrol.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take() {
            patrol.abort();
        }
        inner.readers.close().await;
        // An import that is at work ends with the writer, and its connection with it.
        if let Ok(mut kept) = inner.importing.try_lock() {
            kept.take();
        }
        let stopping = inner.clone();
        // The thread folds the write-ahead log in, which takes a moment.
        if tokio::task::spawn_blocking(move || stopping.writer.stop()).await.is_err() {
            tracing::error!("the writer could not be stopped");
        }
        inner.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }

    pub(crate) fn shop(&self) -> Arc<crate::shared::Shop> {
        self.inner.shared.shop()
    }

    pub(crate) fn session(&self, id: Option<SessionId>) -> Result<Session, ApiError> {
        id.and_then(|id| self.inner.sessions.get(id)).ok_or_else(|| {
            refuse(ErrorCode::SessionRequired, "session", "sign in first: this session is unknown or has ended")
        })
    }

    pub(crate) fn allow(&self, session: &Session, operation: docket_domain::policy::Operation) -> Result<(), ApiError> {
        if allows(session.role, operation) {
            return Ok(());
        }
        let rule = format!("a {} may not do this; ask someone who may", session.role.as_str());
        Err(refuse(ErrorCode::RoleNotAllowed, "", rule))
    }
}

/// Whether an error says that the file is damaged, so that the call is worth sending again once it was salvaged.
fn is_damage(error: &ApiError) -> bool {
    error.code == ErrorCode::StoreFailed && error.retryable
}

/// SHA-256 over what a command asks for. Serde's maps are sorted, so equal content gives equal bytes.
pub(crate) fn request_hash(name: &str, request: &CommandRequest) -> [u8; 32] {
    let content =
        serde_json::to_vec(&(name, &request.expected_version, &request.input)).expect("a request is JSON already");
    digest(&SHA256, &content).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Tells the witness how far the store has come, once a second while it moves.
async fn keep_witness(file: WitnessFile, shared: Arc<Shared>, letters: u32, run: u64) {
    let mut told = 0;
    loop {
        pause(WITNESS_EVERY_MS).await;
        let health = shared.health();
        if health.head.seq == told {
            continue;
        }
        told = health.head.seq;
        let witness = Witness {
            run: run.max(shared.run()),
            starting: None,
            log: health.log.to_string(),
            seq: health.head.seq,
            hash: hex::encode(health.head.hash.0),
            letters: letters.max(shared.letters()),
        };
        let file = file.clone();
        let written = tokio::task::spawn_blocking(move || file.write(&witness, false)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the witness could not be told; the next start may open a new letter"
            );
        }
    }
}
