//! A stand-in for head office: it speaks the real protocol over a real connection, checks every chain and keeps rows in
//! memory. Faults are switched on by a test. The suite against PostgreSQL runs the same stories with the real one.

mod enrolment;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_log::{DeviceKey, PublicKey, Row};
use docket_sync::Item;
use docket_sync::v1::Tally;
use docket_sync::v1::enrolment_server::EnrolmentServer;
use docket_sync::v1::sync_server::SyncServer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};

use crate::fresh;

/// What goes wrong. Each is used up as it happens, but for those that are said to last.
#[derive(Debug, Default)]
pub struct Faults {
    /// Batches that are stored and whose answers are lost with the connection.
    pub lose_answers: u32,
    /// Pairs of batches that are taken in the other way round.
    pub swap: u32,
    /// Lasts: acknowledgements name a false hash, and nothing is stored.
    pub lie: bool,
    /// Lasts: rows of this log are refused.
    pub refuse: Option<LogId>,
    /// Lasts: no answer to rows at all, which are not stored.
    pub mute: bool,
    /// Lasts: a till gets back what it lost of its own logs.
    pub give_back: bool,
    /// Lasts: tokens are good no more.
    pub tokens_expired: bool,
}

/// What head office holds.
#[derive(Default)]
pub struct Held {
    /// Rows of each log; of the first history, without a gap.
    pub logs: BTreeMap<LogId, Vec<Item>>,
    /// Documents by hash.
    pub documents: BTreeMap<[u8; 32], Vec<u8>>,
    /// Counts that tills gave.
    pub tallies: Vec<Tally>,
    /// The last row of each batch that came, with the trace that the batch belongs to.
    pub traces: Vec<(Item, String)>,
}

pub(crate) struct State {
    pub(crate) held: Held,
    pub(crate) faults: Faults,
    pub(crate) codes: BTreeMap<String, Option<StoreId>>,
    pub(crate) devices: BTreeMap<DeviceId, PublicKey>,
    pub(crate) tokens: BTreeSet<String>,
    pub(crate) challenges: BTreeSet<Vec<u8>>,
    /// Logs that head office wrote, by store.
    pub(crate) own: BTreeMap<LogId, Vec<Row>>,
    /// Heads of own logs that a till holds.
    pub(crate) down: BTreeMap<LogId, u64>,
    /// Days that tills are asked for.
    pub(crate) days: Vec<i32>,
    /// Batches that came, of any kind.
    pub(crate) batches: u32,
    /// The tenant that each founding till had made up.
    pub(crate) former: BTreeMap<StoreId, TenantId>,
    /// Letters that devices of a store carry.
    pub(crate) letters: Vec<String>,
    pub(crate) tenant: TenantId,
    pub(crate) key: DeviceKey,
}

/// Head office.
pub struct Office {
    pub(crate) state: Arc<Mutex<State>>,
    changed: watch::Sender<u64>,
    address: SocketAddr,
    identity: Option<(String, String)>,
    serving: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Office {
    /// Opens head office on a free port of this machine, without TLS.
    pub async fn open() -> Self {
        Self::with(None).await
    }

    /// The same with TLS, by a certificate for `localhost` and its key, as PEM.
    pub async fn with_certificate(certificate: String, key: String) -> Self {
        Self::with(Some((certificate, key))).await
    }

    async fn with(identity: Option<(String, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let state = State {
            held: Held::default(),
            faults: Faults::default(),
            codes: BTreeMap::new(),
            devices: BTreeMap::new(),
            tokens: BTreeSet::new(),
            challenges: BTreeSet::new(),
            own: BTreeMap::new(),
            down: BTreeMap::new(),
            days: Vec::new(),
            batches: 0,
            former: BTreeMap::new(),
            letters: Vec::new(),
            tenant: TenantId(fresh()),
            key: DeviceKey::generate().expect("randomness"),
        };
        let state = Arc::new(Mutex::new(state));
        let mut office = Office { state, changed: watch::channel(0).0, address, identity, serving: None };
        office.serve(listener);
        office
    }

    fn serve(&mut self, listener: TcpListener) {
        let (stop, mut stopped) = watch::channel(false);
        let mut server = Server::builder();
        if let Some((certificate, key)) = &self.identity {
            let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
            server = server.tls_config(tls).expect("a certificate and its key");
        }
        let enrolment = enrolment::Desk { state: self.state.clone() };
        let sync = session::Door { state: self.state.clone(), changed: self.changed.clone(), stop: stopped.clone() };
        let limit = docket_sync::MESSAGE_BYTES_MAX;
        let sync = SyncServer::new(sync).max_decoding_message_size(limit).max_encoding_message_size(limit);
        let router = server.add_service(EnrolmentServer::new(enrolment)).add_service(sync);
        let task = tokio::spawn(async move {
            let ended = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            let served = router.serve_with_incoming_shutdown(TcpListenerStream::new(listener), ended).await;
            served.expect("the stand-in serves until it is stopped");
        });
        self.serving = Some((stop, task));
    }

    /// Ends every connection and takes no new one.
    pub async fn stop(&mut self) {
        if let Some((stop, task)) = self.serving.take() {
            let _ = stop.send(true);
            task.await.expect("the stand-in ends");
        }
    }

    /// Opens again at the same address, with all that it held.
    pub async fn open_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is free again");
        self.serve(listener);
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        match self.identity {
            Some(_) => format!("https://localhost:{}", self.address.port()),
            None => format!("http://{}", self.address),
        }
    }

    /// A one-time code; without a store it founds one.
    pub fn code(&self, store: Option<StoreId>) -> String {
        let code = fresh().to_string();
        lock(&self.state).codes.insert(code.clone(), store);
        code
    }

    /// Says which letters devices of a store carry.
    pub fn carry(&self, letters: &[&str]) {
        lock(&self.state).letters = letters.iter().map(|letter| (*letter).to_owned()).collect();
    }

    /// Looks at what it holds.
    pub fn look<T>(&self, at: impl FnOnce(&Held) -> T) -> T {
        at(&lock(&self.state).held)
    }

    /// Changes what it holds, as a restore from an older copy does.
    pub fn alter<T>(&self, how: impl FnOnce(&mut Held) -> T) -> T {
        how(&mut lock(&self.state).held)
    }

    /// Has something go wrong, or right again.
    pub fn fault(&self, how: impl FnOnce(&mut Faults)) {
        how(&mut lock(&self.state).faults);
    }

    /// How many batches came so far.
    #[must_use]
    pub fn batches(&self) -> u32 {
        lock(&self.state).batches
    }

    /// The tenant that it speaks for.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        lock(&self.state).tenant
    }

    /// The key that signs its own logs.
    #[must_use]
    pub fn key(&self) -> DeviceKey {
        lock(&self.state).key.clone()
    }

    /// Puts rows of a log of head office's own on their way to the tills.
    pub fn publish(&self, rows: &[Row]) {
        if let Some(first) = rows.first() {
            lock(&self.state).own.insert(first.log, rows.to_vec());
            self.changed.send_modify(|version| *version += 1);
        }
    }

    /// Keeps a document that facts may name.
    pub fn keep(&self, hash: [u8; 32], body: Vec<u8>) {
        lock(&self.state).held.documents.insert(hash, body);
    }

    /// Asks every till what it holds of a day.
    pub fn ask_tally(&self, day: i32) {
        lock(&self.state).days.push(day);
        self.changed.send_modify(|version| *version += 1);
    }

    /// Waits until something that it holds is as said. Every change of it is looked at; nothing is waited for that does
    /// not come.
    ///
    /// # Panics
    /// If it is not so within a minute.
    pub async fn until(&self, what: &str, mut so: impl FnMut(&Held) -> bool) {
        self.until_state(what, |state| so(&state.held)).await;
    }

    /// Waits until a till holds a log of head office up to here.
    ///
    /// # Panics
    /// If it does not within a minute.
    pub async fn until_down(&self, log: LogId, seq: u64) {
        self.until_state("a till holds what came down", |state| state.down.get(&log) == Some(&seq)).await;
    }

    async fn until_state(&self, what: &str, mut so: impl FnMut(&State) -> bool) {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            loop {
                changed.borrow_and_update();
                if so(&lock(&self.state)) {
                    return;
                }
                changed.changed().await.expect("the office outlives who waits for it");
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await;
        assert!(waited.is_ok(), "head office waits in vain: {what}");
    }

    /// Up to which row it holds a log.
    #[must_use]
    pub fn last(&self, log: LogId) -> u64 {
        self.look(|held| held.logs.get(&log).map_or(0, |items| items.len() as u64))
    }

    /// Up to which row a till holds a log of head office.
    #[must_use]
    pub fn last_down(&self, log: LogId) -> u64 {
        lock(&self.state).down.get(&log).copied().unwrap_or(0)
    }
}
