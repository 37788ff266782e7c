//! The desk: orders are placed, changed, called off and read here, for both doors. It knows no door.

mod allowed;
mod check;
mod decide;
mod elsewhere;
mod job;
mod menu;
mod page;
mod pay;
mod price;
mod read;
mod records;
mod run;
mod stores;
mod sweep;
mod view;
mod writer;

pub use menu::{Menu, Menus};
pub use page::PageRequest;
pub use sweep::{sweep, sweep_once};
pub use view::{rfc3339, view};
pub use writer::TakeLimits;

use docket_domain::ids::{LineId, OrderId, StoreId, TenantId};
use docket_domain::order::line::{LineContent, OrderType};
use docket_domain::policy::api::ApiOperation;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::caller::Caller;
use super::fault::{Fault, FaultCode};
use super::idempotency::{Claim, Key, KeyGuard, KeyOf, KeysInUse, RequestHash, look_up, request_hash};
use super::order::{Answer, CancelOrder, NewItem, NewOrder, OrderFilter, OrderPatch, OrderView, Page};
use super::ports::Ports;
use super::version::DecidedOn;
use crate::clock::new_id;
use crate::db::Database;
use crate::down::OwnLogs;
use crate::secret::ServiceSecret;
use allowed::Scope;
use elsewhere::Asking;
use job::{By, Cancel, Command, Create, Job, Update};
use read::Found;
use stores::LiveStores;
use writer::{Tools, Writer};

/// Orders of every tenant. Cheap to clone; all clones share queues and what was read of menus.
#[derive(Debug, Clone)]
pub struct OrderDesk {
    tools: Tools,
    writer: Writer,
    keys: KeysInUse,
    stores: LiveStores,
    ports: Ports,
    default_store: Option<StoreId>,
}

type Claimed = Option<(KeyGuard, RequestHash)>;

impl OrderDesk {
    /// Writes by these logs, and reads with the role `docket_api`.
    #[must_use]
    pub fn new(logs: OwnLogs, reads: Database, secret: ServiceSecret, limits: TakeLimits) -> Self {
        let tools = Tools { logs, reads, secret, menus: Menus::default(), limits };
        OrderDesk {
            writer: Writer::new(tools.clone()),
            tools,
            keys: KeysInUse::default(),
            stores: LiveStores::default(),
            default_store: None,
            ports: Ports::off(),
        }
    }

    /// The same with a store for orders that name none.
    #[must_use]
    pub fn with_default_store(self, default_store: Option<StoreId>) -> Self {
        OrderDesk { default_store, ..self }
    }

    /// The same, asking the services of other houses.
    #[must_use]
    pub fn with_ports(self, ports: Ports) -> Self {
        OrderDesk { ports, ..self }
    }

    /// Head office's own logs.
    fn logs(&self) -> &OwnLogs {
        &self.tools.logs
    }

    /// Places an order.
    ///
    /// # Errors
    /// [`Fault`]; nothing was changed.
    pub async fn create(&self, caller: &Caller, order: NewOrder, key: Option<Key>) -> Result<Answer, Fault> {
        check::new_order(&order)?;
        let customer = allowed::customer_for(caller, &order)?;
        let asked = order.store_id.or(self.default_store);
        let store = self.stores.choose(&self.tools.reads, caller, customer, asked).await?;
        let claimed = self.claim(caller, "create_order", key, &order)?;
        let items = || order.items.iter().enumerate().map(|(place, item)| (format!("items[{place}]"), item));
        let (menu, contents) = match self.priced(caller.tenant, store, items).await {
            Ok(priced) => priced,
            // What was done before is answered as before, whatever the catalogue says now.
            Err(fault) => return self.replay_or(claimed, fault).await,
        };
        let order_id = OrderId(new_id());
        let asking = Asking::of_order(&order, &contents);
        if let Err(fault) = elsewhere::ask(&self.ports, store, order_id, &asking).await {
            return self.replay_or(claimed, fault).await;
        }
        let command = Command::Create(Box::new(Create {
            order_id,
            order_type: order.order_type.unwrap_or(OrderType::TakeAway),
            customer,
            line_ids: contents.iter().map(|_| LineId(new_id())).collect(),
            order,
            menu,
            contents,
        }));
        let by = By::caller(caller, ApiOperation::CreateOrder, order_id);
        let answer = self.put(caller.tenant, store, command, by, claimed).await?;
        if !answer.replayed {
            let metrics = self.tools.logs.ingest().metrics();
            metrics.api().order_created(answer.view.order_type, answer.view.store_id);
        }
        Ok(answer)
    }

    /// Changes an order. `matching` is the version of `If-Match`.
    ///
    /// # Errors
    /// [`Fault`]; nothing was changed.
    pub async fn update(
        &self,
        caller: &Caller,
        id: OrderId,
        patch: OrderPatch,
        matching: Option<u64>,
        key: Option<Key>,
    ) -> Result<Answer, Fault> {
        check::patch(&patch)?;
        let scope = Scope::of(caller, ApiOperation::UpdateOrder)?;
        let found = read::one(&self.tools.reads, caller.tenant, &scope, id).await?;
        let claimed = self.claim(caller, "update_order", key, &(id, &patch, matching))?;
        if let Err(fault) = self.offered(caller.tenant, id, &found, &patch, matching).await {
            return self.replay_or(claimed, fault).await;
        }
        let line_ids = patch.items.iter().map(|_| LineId(new_id())).collect();
        let command = Command::Update(Box::new(Update { order_id: id, patch, matching, line_ids }));
        let by = By::caller(caller, ApiOperation::UpdateOrder, id);
        self.put(caller.tenant, found.store, command, by, claimed).await
    }

    /// Calls an order off.
    ///
    /// # Errors
    /// [`Fault`]; nothing was changed.
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: OrderId,
        cancel: CancelOrder,
        matching: Option<u64>,
        key: Option<Key>,
    ) -> Result<Answer, Fault> {
        check::cancel(&cancel)?;
        let scope = Scope::of(caller, ApiOperation::CancelOrder)?;
        let found = read::one(&self.tools.reads, caller.tenant, &scope, id).await?;
        let claimed = self.claim(caller, "cancel_order", key, &(id, &cancel, matching))?;
        let command = Command::Cancel(Cancel { order_id: id, cancel, matching });
        let by = By::caller(caller, ApiOperation::CancelOrder, id);
        self.put(caller.tenant, found.store, command, by, claimed).await
    }

    /// One order.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`] also where the caller may not know of it.
    pub async fn get(&self, caller: &Caller, id: OrderId) -> Result<OrderView, Fault> {
        let scope = Scope::of(caller, ApiOperation::GetOrder)?;
        let reading = tracing::info_span!("orders.read", db.system = "postgresql");
        Ok(read::one(&self.tools.reads, caller.tenant, &scope, id).instrument(reading).await?.into_view())
    }

    /// A page of the orders that the caller may know of, newest first.
    ///
    /// # Errors
    /// [`Fault`] names the field.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: OrderFilter,
        page: PageRequest,
    ) -> Result<Page<OrderView>, Fault> {
        let scope = Scope::of(caller, ApiOperation::ListOrders)?;
        let reading = tracing::info_span!("orders.read", db.system = "postgresql");
        read::page(&self.tools.reads, caller.tenant, &scope, &filter, &page).instrument(reading).await
    }

    fn claim(
        &self,
        caller: &Caller,
        operation: &'static str,
        key: Option<Key>,
        request: &impl Serialize,
    ) -> Result<Claimed, Fault> {
        let Some(key) = key else { return Ok(None) };
        let of = KeyOf::new(caller, operation, key);
        Ok(Some((self.keys.take(of)?, request_hash(request))))
    }

    /// The lines of items by the catalogue that was read last; where they are refused, by the one in effect.
    async fn priced<'i, I: Iterator<Item = (String, &'i NewItem)>>(
        &self,
        tenant: TenantId,
        store: StoreId,
        items: impl Fn() -> I,
    ) -> Result<(Arc<Menu>, Vec<Arc<LineContent>>), Fault> {
        let menu = self.tools.menus.known_or_read(&self.tools.reads, tenant, store).await?;
        if let Ok(lines) = price::lines(&menu, items()) {
            return Ok((menu, lines));
        }
        let menu = self.tools.menus.read(&self.tools.reads, tenant, store).await?;
        let lines = price::lines(&menu, items())?;
        Ok((menu, lines))
    }

    /// Asks other houses about what a change brings into an order. The version is looked at before them, as it is in the
    /// writer's turn: nobody is asked about a change that can't be done.
    async fn offered(
        &self,
        tenant: TenantId,
        id: OrderId,
        found: &Found,
        patch: &OrderPatch,
        matching: Option<u64>,
    ) -> Result<(), Fault> {
        if patch.items.is_empty() {
            return Ok(());
        }
        let body = found.body();
        DecidedOn { matching, expected: patch.expected_version }.check(body.version)?;
        let items = || patch.items.iter().enumerate().map(|(place, new)| (format!("items[{place}].item"), &new.item));
        let (_, contents) = self.priced(tenant, found.store, items).await?;
        let asking = Asking::of_change(patch, &contents, &body.lines);
        elsewhere::ask(&self.ports, found.store, id, &asking).await
    }

    async fn replay_or(&self, claimed: Claimed, fault: Fault) -> Result<Answer, Fault> {
        let Some((guard, hash)) = claimed else { return Err(fault) };
        let mut transaction = self.tools.logs.ingest().database().tenant(guard.of().tenant).await?;
        let claim = look_up(&mut transaction, guard.of(), &hash).await?;
        transaction.commit().await?;
        match claim {
            Claim::New => Err(fault),
            Claim::Replay(stored) => run::replayed(stored),
        }
    }

    /// Waits for the store's turn, and for the answer.
    async fn put(
        &self,
        tenant: TenantId,
        store: StoreId,
        command: Command,
        by: By,
        key: Claimed,
    ) -> Result<Answer, Fault> {
        let (answer, answered) = oneshot::channel();
        self.writer.put(tenant, store, Job { command, by, key, answer })?;
        let gone = || Err(Fault::new(FaultCode::Busy, "the service stops; repeat the call with the same key"));
        let waiting = tracing::info_span!("orders.write", db.system = "postgresql");
        answered.instrument(waiting).await.unwrap_or_else(|_| gone())
    }
}
