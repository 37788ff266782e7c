//! One transaction for several commands of one store: each is claimed, decided and sealed, or refused by itself; rows, orders,
//! outbox, answers and addresses are there together or not at all.

use std::collections::HashMap;
use std::sync::Arc;

use docket_contracts::integration::OrderBody;
use docket_domain::ids::{DeviceId, OrderId, StoreId, TenantId};
use docket_domain::money::Address;
use docket_domain::order::event::Sealed;
use docket_domain::order::line::LineContent;
use docket_domain::order::{Guest, NewFact, OrderState};
use docket_log::Row;
use sqlx::Row as _;
use uuid::Uuid;

use super::decide::{self, People, not_found};
use super::job::{Command, Create, Job, Update};
use super::menu::Menu;
use super::records::{Answers, BESIDE, Beside, Deliveries, OWN_ROWS_AND_BESIDE};
use super::view::view;
use super::writer::Tools;
use super::{price, records};
use crate::api::audit;
use crate::api::fault::{Fault, FaultCode};
use crate::api::idempotency::{Claim, KeysInUse, Stored, claim_of};
use crate::api::order::{Answer, Delivery};
use crate::api::subjects::{self, SubjectKey, Subjects};
use crate::api::version::DecidedOn;
use crate::down::order::{self, label};
use crate::down::{Act, Asked, Draft, OwnLogError};

/// Why a transaction came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Log(#[from] OwnLogError),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
}

impl Broken {
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Broken::Log(error) => error.is_passing(),
            Broken::Sql(error) => crate::ingest::is_passing(error),
            Broken::Fault(_) => false,
        }
    }

    pub(super) fn into_fault(self) -> Fault {
        match self {
            Broken::Fault(fault) => fault,
            Broken::Sql(error) | Broken::Log(OwnLogError::Sql(error)) => error.into(),
            Broken::Log(OwnLogError::Ingest(crate::ingest::IngestError::Sql(error))) => error.into(),
            Broken::Log(OwnLogError::UnknownStore(_)) => Fault::field("store_id", "is not a live store"),
            Broken::Log(OwnLogError::Unclear(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "whether a command was stored is not known");
                Fault::new(FaultCode::Busy, "whether it was done is not known; repeat the call with the same key")
            }
            Broken::Log(other) => Fault::internal(&other),
        }
    }
}

type Outcome = Result<Answer, Fault>;

/// Does the commands; an answer for each, in their order.
pub(super) async fn run(tools: &Tools, tenant: TenantId, store: StoreId, jobs: &[Job]) -> Result<Vec<Outcome>, Broken> {
    let mut outcomes: Vec<Option<Outcome>> = jobs.iter().map(|_| None).collect();
    let (mut act, customers) = begin(tools, tenant, store, jobs, &mut outcomes).await?;
    let open: Vec<usize> = (0..jobs.len()).filter(|index| outcomes[*index].is_none()).collect();
    if !open.is_empty() {
        let mut turn =
            Turn::begin(tools, tenant, store, &mut act, customers, open.iter().map(|index| &jobs[*index])).await?;
        let mut written = Vec::new();
        for index in open {
            match turn.write(&mut act, &jobs[index]).await {
                Ok(done) => written.push((index, done)),
                Err(Broken::Fault(fault)) => outcomes[index] = Some(Err(fault)),
                Err(broken) => return Err(broken),
            }
        }
        if !written.is_empty() {
            turn.end(act, jobs, written, &mut outcomes).await?;
        }
    }
    let unanswered = || Err(Fault::new(FaultCode::Internal, "the command got no answer"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unanswered)).collect())
}

/// Waits for the store's turn, and asks with it for each command what was answered to its key before, and what is known of its
/// customer. Answers the repeats, and whoever comes while the first call is under way elsewhere; gives what is known of the
/// others' customers.
async fn begin(
    tools: &Tools,
    tenant: TenantId,
    store: StoreId,
    jobs: &[Job],
    outcomes: &mut [Option<Outcome>],
) -> Result<(Act, Subjects), Broken> {
    let of = || jobs.iter().map(|job| job.key.as_ref().map(|(guard, _)| guard.of()));
    let asked = Asked {
        names: of().map(|of| Some(of?.lock_name())).collect(),
        callers: of().map(|of| Some(of?.caller.as_str())).collect(),
        operations: of().map(|of| Some(of?.operation)).collect(),
        keys: of().map(|of| Some(of?.key.as_str())).collect(),
        customers: jobs.iter().map(|job| Some(job.create()?.customer.0)).collect(),
    };
    let (turn, rows) = tools.logs.turn(tenant, store, asked).await?;
    let mut customers = Subjects::default();
    for ((job, row), outcome) in jobs.iter().zip(&rows).zip(outcomes) {
        if let Some((_, hash)) = &job.key {
            *outcome = match claim_of(row, hash) {
                Ok(Claim::Replay(stored)) => Some(replayed(stored)),
                Ok(Claim::New) if row.try_get::<Option<bool>, _>("had")? == Some(true) => None,
                Ok(Claim::New) => Some(Err(KeysInUse::elsewhere())),
                Err(fault) => Some(Err(fault)),
            };
        }
        if let (Some(create), None) = (job.create(), &outcome) {
            customers.know(&tools.secret, tenant, create.customer, row)?;
        }
    }
    Ok((turn.begin(rows.first()).await?, customers))
}

/// The first answer, byte for byte.
pub(super) fn replayed(stored: Stored) -> Outcome {
    let view = serde_json::from_str(&stored.body).map_err(|error| Fault::internal(&error))?;
    Ok(Answer { view, json: stored.body, replayed: true })
}

/// What the commands of one transaction share.
struct Turn<'t> {
    tools: &'t Tools,
    tenant: TenantId,
    store: StoreId,
    menu: Result<Arc<Menu>, Fault>,
    customers: Subjects,
    business_day: i32,
    /// The number of the last order of that day.
    last_number: i64,
    beside: HashMap<OrderId, Beside>,
}

/// An order that is there, under its lock.
struct Held {
    state: OrderState,
    told: OrderBody,
    seen: Option<String>,
}

impl Held {
    async fn of(act: &mut Act, id: OrderId) -> Result<Self, Broken> {
        let (state, told) = act.order_and_told(id).await?;
        let told = told.ok_or_else(|| not_found(id))?;
        let seen = act.seen(&state);
        Ok(Held { state, told, seen })
    }

    fn check(&self, matching: Option<u64>, expected: Option<u64>) -> Result<(), Fault> {
        DecidedOn { matching, expected }.check(self.told.version)
    }
}

/// What a command came to: its order as it was told, if nothing new is told of it, and its last row.
struct Done {
    told: Option<OrderBody>,
    last: Option<Row>,
}

impl<'t> Turn<'t> {
    async fn begin<'j>(
        tools: &'t Tools,
        tenant: TenantId,
        store: StoreId,
        act: &mut Act,
        mut customers: Subjects,
        jobs: impl Iterator<Item = &'j Job> + Clone,
    ) -> Result<Self, Broken> {
        let creates: Vec<&Create> = jobs.clone().filter_map(Job::create).collect();
        let menu = if jobs.clone().any(Job::needs_menu) {
            let hash = act.catalogue().map(<[u8]>::to_vec);
            tools.menus.in_effect(act.transaction(), tenant, store, hash.as_deref()).await
        } else {
            Err(Fault::new(FaultCode::Internal, "no menu is needed"))
        };
        let buying = creates.iter().map(|create| create.customer);
        customers.make_missing(act.transaction(), &tools.secret, tenant, buying).await?;
        let business_day = act.business_day();
        let last_number = match act.last_number(business_day) {
            None if !creates.is_empty() => order::count(act.transaction(), tenant, store, business_day).await?,
            last => last.unwrap_or_default(),
        };
        let known: Vec<Uuid> = jobs.filter(|job| job.create().is_none()).map(|job| job.order_id().0).collect();
        let beside = records::read(act.transaction(), tenant, &known).await?;
        Ok(Turn { tools, tenant, store, menu, customers, business_day, last_number, beside })
    }

    fn device(&self) -> DeviceId {
        DeviceId(self.tenant.0)
    }

    async fn write(&mut self, act: &mut Act, job: &Job) -> Result<Done, Broken> {
        let (facts, told, seen) = match &job.command {
            Command::Create(create) => {
                let (facts, key) = self.create(create)?;
                act.opens(create.order_id);
                act.knows_key(create.customer, key);
                (facts, None, None)
            }
            Command::Update(update) => {
                let held = Held::of(act, update.order_id).await?;
                held.check(update.matching, update.patch.expected_version)?;
                let contents = self.contents(update)?;
                let guest = self.moved(act, &held.state, update).await?;
                (decide::update(held.state, update, &contents, guest, self.device())?, Some(held.told), held.seen)
            }
            Command::Cancel(cancel) => {
                let held = Held::of(act, cancel.order_id).await?;
                held.check(cancel.matching, cancel.cancel.expected_version)?;
                (decide::cancel(held.state, &cancel.cancel.reason, self.device())?, Some(held.told), held.seen)
            }
            Command::GiveUp(order_id) => {
                let held = Held::of(act, *order_id).await?;
                // A till has it by now, or it can't be called off any more: then nothing is written but that it was looked at.
                let waiting = self.beside.get(order_id).is_some_and(|beside| beside.waiting);
                let reason = "no till of the store took the order in time";
                let called_off = waiting.then(|| decide::cancel(held.state, reason, self.device()));
                (called_off.and_then(Result::ok).unwrap_or_default(), Some(held.told), held.seen)
            }
        };
        let last = add(act, job, facts, seen)?;
        Ok(Done { told, last })
    }

    /// The facts, and the key that the customer's text is sealed with.
    fn create(&mut self, create: &Create) -> Result<(Vec<NewFact>, SubjectKey), Fault> {
        if self.customers.inactive.contains(&create.customer) {
            let mut fault = Fault::field("user_id", "must be a customer whose orders are taken");
            fault.code = FaultCode::FailedPrecondition;
            return Err(fault);
        }
        let menu = self.menu.clone()?;
        let contents = if Arc::ptr_eq(&menu, &create.menu) {
            create.contents.clone()
        } else {
            // The catalogue has changed since the call came in.
            let items = create.order.items.iter().enumerate();
            price::lines(&menu, items.map(|(index, item)| (format!("items[{index}]"), item)))?
        };
        self.last_number += 1;
        let key = self.customers.keys.get(&create.customer);
        let key = key.ok_or_else(|| Fault::new(FaultCode::Internal, "the customer has no key"))?;
        let seal = |text: &str| key.seal(create.customer, text).map_err(|error| Fault::internal(&error));
        let person = self.customers.people.get(&create.customer).cloned();
        let (name, phone) = person.unwrap_or_else(|| (create.order.user_id.clone(), None));
        let address = create.order.shipping_address.as_deref().and_then(Address::from_text);
        let guest = Guest { name: Some(name), phone, address };
        let note = create.order.note.as_deref().map(seal).transpose()?;
        let people = People { customer: seal(&guest.to_json())?, note };
        let facts = decide::create(create, &menu, &contents, label(self.last_number), people, self.device())?;
        Ok((facts, key.clone()))
    }

    /// Who the order is for, where a change has it go elsewhere. Of a guest that was erased nothing is written any more.
    async fn moved(&self, act: &mut Act, state: &OrderState, update: &Update) -> Result<Option<Sealed>, Broken> {
        let Some(address) = update.patch.shipping_address.as_deref().and_then(Address::from_text) else {
            return Ok(None);
        };
        let Some(customer) = state.derive().and_then(|order| order.customer().cloned()) else { return Ok(None) };
        let Some(key) = subjects::key_of(act.transaction(), &self.tools.secret, self.tenant, customer.subject).await?
        else {
            return Ok(None);
        };
        let mut guest = key.open_text(&customer).as_deref().and_then(Guest::from_json).unwrap_or_default();
        if guest.address.as_ref() == Some(&address) {
            return Ok(None);
        }
        guest.address = Some(address);
        let sealed = key.seal(customer.subject, &guest.to_json()).map_err(|error| Fault::internal(&error))?;
        act.knows_key(customer.subject, key);
        Ok(Some(sealed))
    }

    fn contents(&self, update: &Update) -> Result<Vec<Arc<LineContent>>, Fault> {
        if update.patch.items.is_empty() {
            return Ok(Vec::new());
        }
        let menu = self.menu.clone()?;
        let items = update.patch.items.iter().enumerate();
        price::lines(&menu, items.map(|(index, change)| (format!("items[{index}].item"), &change.item)))
    }

    /// Stores what was written, with the answers, and commits.
    async fn end(
        mut self,
        mut act: Act,
        jobs: &[Job],
        written: Vec<(usize, Done)>,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), Broken> {
        let mut bodies = act.store().await?;
        let (mut answers, mut deliveries) = (Answers::default(), Deliveries::default());
        let (mut new, mut audited) = (Vec::new(), Vec::new());
        for (index, done) in written {
            let job = &jobs[index];
            let body = bodies.remove(&job.order_id()).or(done.told);
            let body = body.ok_or_else(|| Fault::new(FaultCode::Internal, "nothing is told of the order"))?;
            let answer = self.answer(job, &body)?;
            answers.push(job, body.version, &answer.json);
            deliveries.push(job, done.last.as_ref(), &self.tools.limits);
            audited.extend(&job.by.entry);
            if job.create().is_some() {
                new.push(job.order_id().0);
            }
            outcomes[index] = Some(Ok(answer));
        }
        deliveries.note_given_up(act.transaction(), self.tenant).await?;
        let Turn { store, last_number, .. } = self;
        let last_of_day = (!new.is_empty()).then_some(self.business_day);
        act.write_beside(BESIDE, OWN_ROWS_AND_BESIDE, |query| {
            let counted = query.bind(store.0).bind(last_of_day).bind(last_number);
            audit::bind(answers.bind(deliveries.bind(counted, &new)), &audited)
        })
        .await?;
        act.end().await?;
        Ok(())
    }

    fn answer(&mut self, job: &Job, body: &OrderBody) -> Result<Answer, Fault> {
        let (delivery, address) = match &job.command {
            Command::Create(create) => (Delivery::WaitingForStore, create.order.shipping_address.clone()),
            other => {
                let beside = self.beside.remove(&job.order_id()).unwrap_or_default();
                let patched = match other {
                    Command::Update(update) => update.patch.shipping_address.clone(),
                    Command::Create(_) | Command::Cancel(_) | Command::GiveUp(_) => None,
                };
                (beside.delivery(), patched.or(beside.address))
            }
        };
        let view = view(body, delivery, address);
        let json = serde_json::to_string(&view).map_err(|error| Fault::internal(&error))?;
        Ok(Answer { view, json, replayed: false })
    }
}

/// Seals a command's facts; gives the last row.
fn add(act: &mut Act, job: &Job, facts: Vec<NewFact>, mut seen: Option<String>) -> Result<Option<Row>, Broken> {
    if facts.is_empty() {
        return Ok(None);
    }
    let order = job.order_id();
    let drafts = facts.iter().map(|fact| Draft::of_order(order, fact, seen.take())).collect();
    if let Some(trace) = &job.by.trace {
        act.trace(job.by.correlation, trace.clone());
    }
    Ok(act.add(&job.by.actor, job.by.correlation, drafts)?.pop())
}
