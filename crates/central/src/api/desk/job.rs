//! What waits for its turn at a store: one command with what was made ready for it.

use std::sync::Arc;

use docket_domain::ids::{LineId, OrderId, SubjectId};
use docket_domain::order::line::{LineContent, OrderType};
use docket_domain::policy::api::ApiOperation;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::menu::Menu;
use crate::api::audit::{DONE, Entry};
use crate::api::caller::Caller;
use crate::api::fault::Fault;
use crate::api::idempotency::{KeyGuard, RequestHash};
use crate::api::order::{Answer, CancelOrder, NewOrder, OrderPatch};
use crate::api::watch;
use crate::clock::new_id;
use crate::telemetry::traces::traceparent;

/// A command, and who waits for its answer.
#[derive(Debug)]
pub(super) struct Job {
    pub command: Command,
    pub by: By,
    pub key: Option<(KeyGuard, RequestHash)>,
    pub answer: oneshot::Sender<Result<Answer, Fault>>,
}

/// Who does it, in the log and in the audit log, and what it belongs to.
#[derive(Debug)]
pub(super) struct By {
    /// Who it is in the log.
    pub actor: String,
    pub correlation: Uuid,
    /// What others hear of it hangs under this.
    pub trace: Option<String>,
    /// None for a program of head office itself.
    pub entry: Option<Entry>,
}

impl By {
    /// A caller, in the call that is at work.
    pub(super) fn caller(caller: &Caller, operation: ApiOperation, order: OrderId) -> Self {
        let call = watch::call();
        By {
            actor: caller.actor(),
            correlation: call.as_ref().map_or_else(new_id, |call| call.correlation),
            trace: traceparent(&tracing::Span::current()).or(call.and_then(|call| call.traceparent)),
            entry: Some(Entry::new(caller, operation, Some(order.0), DONE)),
        }
    }

    /// A program of head office.
    pub(super) fn program(name: &str) -> Self {
        let trace = traceparent(&tracing::Span::current());
        By { actor: format!("program:{name}"), correlation: new_id(), trace, entry: None }
    }
}

#[derive(Debug)]
pub(super) enum Command {
    Create(Box<Create>),
    Update(Box<Update>),
    Cancel(Cancel),
    /// No till took it in time.
    GiveUp(OrderId),
}

/// An order to be placed. Its ids are made once, so that a second try is the same order.
#[derive(Debug)]
pub(super) struct Create {
    pub order_id: OrderId,
    pub order_type: OrderType,
    pub customer: SubjectId,
    pub order: NewOrder,
    /// What the lines were priced with.
    pub menu: Arc<Menu>,
    pub contents: Vec<Arc<LineContent>>,
    pub line_ids: Vec<LineId>,
}

/// A change; `line_ids` are for lines that it adds, one for each item.
#[derive(Debug)]
pub(super) struct Update {
    pub order_id: OrderId,
    pub patch: OrderPatch,
    pub matching: Option<u64>,
    pub line_ids: Vec<LineId>,
}

#[derive(Debug)]
pub(super) struct Cancel {
    pub order_id: OrderId,
    pub cancel: CancelOrder,
    pub matching: Option<u64>,
}

impl Job {
    pub(super) fn order_id(&self) -> OrderId {
        match &self.command {
            Command::Create(create) => create.order_id,
            Command::Update(update) => update.order_id,
            Command::Cancel(cancel) => cancel.order_id,
            Command::GiveUp(order_id) => *order_id,
        }
    }

    /// Status of the answer.
    pub(super) fn status(&self) -> u16 {
        if matches!(self.command, Command::Create(_)) { 201 } else { 200 }
    }

    /// Whether it prices anything.
    pub(super) fn needs_menu(&self) -> bool {
        match &self.command {
            Command::Create(_) => true,
            Command::Update(update) => !update.patch.items.is_empty(),
            Command::Cancel(_) | Command::GiveUp(_) => false,
        }
    }

    pub(super) fn create(&self) -> Option<&Create> {
        if let Command::Create(create) = &self.command { Some(create) } else { None }
    }
}
