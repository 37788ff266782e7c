//! Head office's own logs of this process: one per store, open while the process lives. An act is one transaction, in
//! which its caller may read, lock and write more, and which stores the act's rows and commits all of it or nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_contracts::integration::OrderBody;
use docket_domain::ids::{LogId, OrderId, StoreId, SubjectId, TenantId};
use docket_domain::order::OrderState;
use docket_domain::shop::DocumentKind;
use docket_log::{Hash, HybridClock, Row, SeenVector};
use docket_sync::Item;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::fresh::Fresh;
use super::log::{Days, OwnLog};
use super::words::Words;
use super::{Draft, OwnLogError};
use crate::api::limits::KEY_HOURS;
use crate::api::subjects::SubjectKey;
use crate::clock::wall_ms;
use crate::db::plan_anew;
use crate::ingest::entry::{fixed, from_sql};
use crate::ingest::{Batch, Beside, Ingest, News, OWN_ROWS, Unwritten, orders};
use crate::limits::{OWN_LOGS_OPEN_MAX, TRANSACTION_PAUSE_MS, TRANSACTION_TRIES};
use crate::secret::ServiceSecret;
use crate::telemetry::traces::traceparent;
use crate::tenants;

/// The log that this process writes in a store, once it has written there.
type Slot = Arc<tokio::sync::Mutex<Option<OwnLog>>>;

/// The logs that this process writes. Copies of the value share them.
#[derive(Debug, Clone)]
pub struct OwnLogs {
    ingest: Arc<Ingest>,
    secret: ServiceSecret,
    slots: Arc<Mutex<HashMap<(TenantId, StoreId), Slot>>>,
    words: Words,
}

/// One act of head office in a store. It ends with [`Act::commit`] or [`Act::end`]; dropped before, nothing of it is there.
#[derive(Debug)]
pub struct Act {
    logs: OwnLogs,
    tenant: TenantId,
    store: StoreId,
    days: Days,
    /// The hash of the catalogue in effect.
    catalogue: Option<Vec<u8>>,
    /// As [`Found`] says.
    numbers: HashMap<i32, i64>,
    month: i32,
    slot: tokio::sync::OwnedMutexGuard<Option<OwnLog>>,
    /// The log, from the first fact on. Unless the act ends well it goes with the act, and the next one opens a new log: no
    /// place in a log is ever taken twice.
    writing: Option<OwnLog>,
    batch: Option<Batch>,
    /// The log as it is held, and what led to the groups of each correlation id.
    beside: Beside,
    /// What is stored, or to be written.
    fresh: Vec<Item>,
    /// What is still to be written, with the place of its rows in `fresh`.
    unwritten: Option<(usize, Unwritten)>,
    /// Keys of guests, as far as the caller has read them in the act.
    keys: HashMap<SubjectId, SubjectKey>,
    /// Whether others are to hear of something.
    told: bool,
    transaction: Transaction<'static, Postgres>,
}

/// The turn of a store, before it was looked at what is there.
#[derive(Debug)]
pub(crate) struct StoreTurn {
    logs: OwnLogs,
    tenant: TenantId,
    store: StoreId,
    month: i32,
    slot: tokio::sync::OwnedMutexGuard<Option<OwnLog>>,
    transaction: Transaction<'static, Postgres>,
}

impl OwnLogs {
    /// None is open yet. `secret` opens the tenants' keys.
    #[must_use]
    pub fn new(ingest: Arc<Ingest>, secret: ServiceSecret) -> Self {
        let words = Words::new(ingest.database().clone());
        OwnLogs { ingest, secret, slots: Arc::default(), words }
    }

    /// What takes the rows in.
    #[must_use]
    pub fn ingest(&self) -> &Arc<Ingest> {
        &self.ingest
    }

    /// Writes facts as one act; gives their rows, which are durable then, and on their way to the store's tills. The
    /// facts' ids are the caller's, so that it can tell later whether they are there.
    ///
    /// # Errors
    /// [`OwnLogError`]; nothing was written, except where it is [`OwnLogError::Unclear`].
    pub async fn write(
        &self,
        tenant: TenantId,
        store: StoreId,
        actor: &str,
        correlation: Uuid,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Row>, OwnLogError> {
        let mut pause_ms = TRANSACTION_PAUSE_MS;
        for _ in 1..TRANSACTION_TRIES {
            match self.write_once(tenant, store, actor, correlation, drafts.clone()).await {
                Err(error) if error.is_passing() => tokio::time::sleep(Duration::from_millis(pause_ms)).await,
                other => return other,
            }
            pause_ms *= 2;
        }
        self.write_once(tenant, store, actor, correlation, drafts).await
    }

    async fn write_once(
        &self,
        tenant: TenantId,
        store: StoreId,
        actor: &str,
        correlation: Uuid,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Row>, OwnLogError> {
        self.begin(tenant, store).await?.commit(actor, correlation, drafts).await
    }

    /// Begins an act in a live store. Until it ends, no other act in that store begins, in no process: what is read
    /// here stays true, as far as head office writes it.
    ///
    /// # Errors
    /// [`OwnLogError`].
    pub async fn begin(&self, tenant: TenantId, store: StoreId) -> Result<Act, OwnLogError> {
        let (turn, rows) = self.turn(tenant, store, Asked::default()).await?;
        turn.begin(rows.first()).await
    }

    /// Waits for the turn of a store; gives with it a row for each command that is asked about, as the function `api.turn`
    /// says, whose first is what the act begins with. The turn holds for the same time as an act that is begun.
    ///
    /// # Errors
    /// [`OwnLogError`].
    pub(crate) async fn turn(
        &self,
        tenant: TenantId,
        store: StoreId,
        asked: Asked<'_>,
    ) -> Result<(StoreTurn, Vec<PgRow>), OwnLogError> {
        let month = self.ingest.ensure_month().await?;
        let slot = self.slot(tenant, store).lock_owned().await;
        let log = slot.as_ref().map_or(LogId([0; 16]), OwnLog::id);
        let (transaction, rows) = self.locked(tenant, store, log, asked).await?;
        Ok((StoreTurn { logs: self.clone(), tenant, store, month, slot, transaction }, rows))
    }

    fn slot(&self, tenant: TenantId, store: StoreId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= OWN_LOGS_OPEN_MAX && !slots.contains_key(&(tenant, store)) {
            // Whoever is in an act holds its slot; the others get a new log when they write next.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry((tenant, store)).or_default().clone()
    }

    /// A transaction that has the store's turn to write. One that is ending, though nobody hears of it, ends before.
    async fn locked(
        &self,
        tenant: TenantId,
        store: StoreId,
        log: LogId,
        asked: Asked<'_>,
    ) -> Result<(Transaction<'static, Postgres>, Vec<PgRow>), sqlx::Error> {
        let mut transaction = self.ingest.database().tenant_by_keys(tenant).await?;
        let rows = sqlx::query("SELECT * FROM api.turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
            .bind(tenant.0)
            .bind(store.0)
            .bind(log.0.to_vec())
            .bind(DocumentKind::Catalogue.as_str())
            .bind(Days::oldest(wall_ms()))
            .bind(asked.names)
            .bind(asked.callers)
            .bind(asked.operations)
            .bind(asked.keys)
            .bind(asked.customers)
            .bind(i32::try_from(KEY_HOURS).unwrap_or(i32::MAX))
            .fetch_all(&mut *transaction)
            .await?;
        Ok((transaction, rows))
    }

    /// Tells other processes of new rows now, which is done a moment after each act anyway: for a program that ends.
    pub async fn say_words(&self) {
        self.words.say_now().await;
    }

    /// Asks whether a log is held up to its head, after a transaction of which nobody said how it ended.
    async fn settle(&self, tenant: TenantId, store: StoreId, log: &OwnLog) -> Result<bool, sqlx::Error> {
        let mut pause_ms = TRANSACTION_PAUSE_MS;
        for _ in 1..TRANSACTION_TRIES {
            if let Ok(held) = self.settle_once(tenant, store, log).await {
                return Ok(held);
            }
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            pause_ms *= 2;
        }
        self.settle_once(tenant, store, log).await
    }

    async fn settle_once(&self, tenant: TenantId, store: StoreId, log: &OwnLog) -> Result<bool, sqlx::Error> {
        let (_turn, rows) = self.locked(tenant, store, log.id(), Asked::default()).await?;
        let found = rows.first().map(Found::of).transpose().map_err(OwnLogError::into_sql)?;
        Ok(found.and_then(|found| found.head) == Some((log.head().seq, log.head().hash)))
    }
}

/// What is asked about commands with the turn of their store; by their places.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    /// Names of locks that nobody waits for.
    pub names: Vec<Option<String>>,
    /// The three of a key whose answer is looked for.
    pub callers: Vec<Option<&'a str>>,
    pub operations: Vec<Option<&'static str>>,
    pub keys: Vec<Option<&'a str>>,
    /// Who is looked for.
    pub customers: Vec<Option<Uuid>>,
}

/// What an act in a live store begins with.
#[derive(Debug)]
struct Found {
    days: Days,
    /// The log's head, if it is held.
    head: Option<(u64, Hash)>,
    catalogue: Option<Vec<u8>>,
    /// The number of the last order of each day on which there was one, of late.
    numbers: HashMap<i32, i64>,
}

impl Found {
    fn of(row: &PgRow) -> Result<Self, OwnLogError> {
        let days = Days::of(row)?;
        let head = match row.try_get::<Option<i64>, _>("seq")? {
            Some(seq) => Some((from_sql(seq), Hash(fixed(row, "hash")?))),
            None => None,
        };
        let of_days: Option<Vec<i32>> = row.try_get("label_days")?;
        let given: Option<Vec<i64>> = row.try_get("labels_given")?;
        let numbers = of_days.into_iter().flatten().zip(given.into_iter().flatten()).collect();
        Ok(Found { days, head, catalogue: row.try_get("catalogue")?, numbers })
    }
}

impl StoreTurn {
    /// Begins the act by the first row that came with the turn.
    ///
    /// # Errors
    /// [`OwnLogError`].
    pub(crate) async fn begin(self, first: Option<&PgRow>) -> Result<Act, OwnLogError> {
        let StoreTurn { logs, tenant, store, month, mut slot, mut transaction } = self;
        let Found { days, head, catalogue, numbers } = Found::of(first.ok_or(OwnLogError::UnknownStore(store))?)?;
        let mut clock = HybridClock::default();
        if let Some(log) = &*slot {
            clock = log.clock();
            // Only what the database holds is gone on from: a log that it has otherwise, because it was restored from an
            // older copy, is left as it is.
            if !log.is_unstored() && head != Some((log.head().seq, log.head().hash)) {
                tracing::warn!(log = %log.id(), "the database does not hold this log as it was written; a new one is opened");
                *slot = None;
            }
        }
        if slot.is_none() {
            let key = tenants::key(&mut transaction, &logs.secret, tenant).await?;
            *slot = Some(OwnLog::open(tenant, store, &key, days, clock)?);
        }
        let beside = Beside::default();
        Ok(Act {
            logs,
            tenant,
            store,
            days,
            catalogue,
            numbers,
            month,
            slot,
            writing: None,
            batch: None,
            beside,
            fresh: Vec::new(),
            unwritten: None,
            keys: HashMap::new(),
            told: false,
            transaction,
        })
    }
}

impl Act {
    /// The act's transaction, which sees the tenant: for what is to be read before it is decided, and for what else is
    /// to be there exactly when the rows are.
    pub fn transaction(&mut self) -> &mut Transaction<'static, Postgres> {
        &mut self.transaction
    }

    /// The hash of the store's catalogue, as it is in effect for this act.
    #[must_use]
    pub fn catalogue(&self) -> Option<&[u8]> {
        self.catalogue.as_deref()
    }

    /// The business day of the store now.
    #[must_use]
    pub fn business_day(&self) -> i32 {
        self.days.day(wall_ms())
    }

    /// The number of the last order that head office gave in the store on a day of late, if it gave any.
    pub(crate) fn last_number(&self, business_day: i32) -> Option<i64> {
        self.numbers.get(&business_day).copied()
    }

    /// An order from its full set of facts, under its lock. What is written in this act is later than all of them.
    ///
    /// # Errors
    /// [`OwnLogError`] if the database fails.
    pub async fn order(&mut self, id: OrderId) -> Result<OrderState, OwnLogError> {
        Ok(self.order_and_told(id).await?.0)
    }

    /// The same, and what others were told of it last.
    ///
    /// # Errors
    /// [`OwnLogError`] if the database fails.
    pub async fn order_and_told(&mut self, id: OrderId) -> Result<(OrderState, Option<OrderBody>), OwnLogError> {
        // Its rows are looked for by more than a key.
        plan_anew(&mut self.transaction).await?;
        let held = orders::held(&mut self.transaction, self.tenant, id).await?;
        self.observe(held.clock);
        Ok((held.state, held.told))
    }

    /// What the author of facts on this order has seen, for [`Draft::seen`].
    pub fn seen(&mut self, order: &OrderState) -> Option<String> {
        let log = self.log().id();
        SeenVector(order.seen_by(log).into_iter().collect()).to_text()
    }

    /// Takes note of stamps that were seen: what is written in this act is later than all of them.
    pub(crate) fn observe(&mut self, clock: u64) {
        self.log().observe(clock);
    }

    fn log(&mut self) -> &mut OwnLog {
        let writing = self.writing.as_mut().or(self.slot.as_mut());
        writing.expect("an act begins with an open log and keeps it to its end")
    }

    /// Says that an order is this act's own: its id was made for it. Nothing of it is looked for then.
    pub fn opens(&mut self, order: OrderId) {
        self.beside.opened.insert(order);
    }

    /// Seals facts as one group; gives their rows. They are stored by [`Act::store`].
    ///
    /// # Errors
    /// [`OwnLogError::Group`]; nothing was taken.
    pub fn add(&mut self, actor: &str, correlation: Uuid, drafts: Vec<Draft>) -> Result<Vec<Row>, OwnLogError> {
        let days = self.days;
        if self.writing.is_none() {
            self.writing = self.slot.take();
            self.beside.own = self.log().entry().map(|entry| (self.log().id(), entry));
            self.beside.zone = self.days.zone();
        }
        let (rows, group) = self.log().seal(drafts, actor, correlation, days)?;
        match &mut self.batch {
            Some(batch) => batch.items.extend(group.items),
            None => self.batch = Some(Batch { traceparent: traceparent(&tracing::Span::current()), ..group }),
        }
        Ok(rows)
    }

    /// The key of a guest whom facts of the act speak of, as the act's transaction sees it: tills get it with their rows.
    pub(crate) fn knows_key(&mut self, subject: SubjectId, key: SubjectKey) {
        self.keys.insert(subject, key);
    }

    /// What is told of the groups with this correlation id hangs under this trace context, and not under the act's.
    pub fn trace(&mut self, correlation: Uuid, traceparent: String) {
        self.beside.traces.insert(correlation, traceparent);
    }

    /// Checks the groups, and brings their orders up to date; gives these as others see them. What is not written yet in the
    /// act's transaction is by [`Act::write_beside`] or [`Act::end`].
    ///
    /// # Errors
    /// [`OwnLogError`]; the act is to be dropped.
    pub async fn store(&mut self) -> Result<BTreeMap<OrderId, OrderBody>, OwnLogError> {
        self.write().await?;
        let Some(batch) = self.batch.take() else { return Ok(BTreeMap::new()) };
        let stored = self.logs.ingest.take_own(&mut self.transaction, self.month, &batch, &self.beside).await?;
        let verdict = stored.verdict;
        if let Some(refusal) = verdict.refused {
            return Err(OwnLogError::Refused { seq: refusal.seq, rule: refusal.rule });
        }
        if let Some((_, seq)) = verdict.wanted {
            return Err(OwnLogError::Refused { seq, rule: "seq: rows before it are not held".to_owned() });
        }
        self.told |= stored.told;
        self.unwritten = stored.unwritten.map(|unwritten| (self.fresh.len(), unwritten));
        self.fresh.extend(batch.items);
        Ok(stored.orders)
    }

    /// Writes the rest, and with it what else is to be there exactly when the rows are: by the statement `together`, which goes
    /// on from `own_rows!`, or where nothing is left by `alone`, before which the tenant is bound. `bind` binds what is behind.
    pub(crate) async fn write_beside(
        &mut self,
        alone: &'static str,
        together: &'static str,
        bind: impl for<'q> FnOnce(Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments>,
    ) -> Result<(), sqlx::Error> {
        let mut unwritten = self.unwritten.take();
        let query = match &mut unwritten {
            Some((from, unwritten)) => unwritten.bind(together, &self.fresh[*from..]),
            None => sqlx::query(alone).bind(self.tenant.0),
        };
        bind(query).execute(&mut *self.transaction).await?;
        Ok(())
    }

    async fn write(&mut self) -> Result<(), sqlx::Error> {
        if let Some((from, mut unwritten)) = self.unwritten.take() {
            unwritten.bind(OWN_ROWS, &self.fresh[from..]).execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Commits.
    ///
    /// # Errors
    /// [`OwnLogError`]; nothing was written, except where it is [`OwnLogError::Unclear`].
    pub async fn end(mut self) -> Result<(), OwnLogError> {
        self.write().await?;
        let Act { logs, tenant, store, month, mut slot, writing, fresh, keys, told, transaction, .. } = self;
        let committed = transaction.commit().await;
        let Some(mut log) = writing else { return Ok(committed?) };
        if let Err(error) = committed {
            match logs.settle(tenant, store, &log).await {
                Ok(true) => {}
                Ok(false) => return Err(error.into()),
                Err(error) => return Err(OwnLogError::Unclear(error)),
            }
        }
        let (log_id, held_in) = (log.id(), log.is_stored_in(month));
        *slot = Some(log);
        let fresh = Fresh::of(log_id, held_in, fresh, &keys).map(Arc::new);
        // Nobody is attached here: then nobody has to know.
        let _ = logs.ingest.news().send(News { fresh, ..News::of(store) });
        logs.words.say(store, told);
        Ok(())
    }

    /// Stores facts and commits; gives their rows.
    ///
    /// # Errors
    /// [`OwnLogError`]; nothing was written, except where it is [`OwnLogError::Unclear`].
    pub async fn commit(mut self, actor: &str, correlation: Uuid, drafts: Vec<Draft>) -> Result<Vec<Row>, OwnLogError> {
        let rows = self.add(actor, correlation, drafts)?;
        self.store().await?;
        self.end().await?;
        Ok(rows)
    }
}
