//! A host without a till: it notes what it was asked and answers by the name of the call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use docket_contracts::{ApiError, Change, ChangePosition, CommandOutcome, CommandRequest, ErrorCode, Topic};
use docket_domain::ids::SessionId;
use docket_terminal::Download;
use docket_till::host::Host;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::{Value, json};

#[derive(Clone, Default)]
pub struct StandIn {
    calls: Arc<Mutex<Vec<Value>>>,
    /// The export that waits, if a test has one.
    pub waiting: Arc<Mutex<Option<Download>>>,
}

impl StandIn {
    /// Everything that reached the host, in order.
    pub fn calls(&self) -> Vec<Value> {
        self.calls.lock().unwrap().clone()
    }

    fn note(&self, call: Value) {
        self.calls.lock().unwrap().push(call);
    }
}

impl Host for StandIn {
    async fn command(
        &self,
        session: Option<SessionId>,
        name: &str,
        request: CommandRequest,
    ) -> Result<CommandOutcome, ApiError> {
        self.note(json!({ "command": name, "session": session, "request": request }));
        match name {
            "cancel" => Err(ApiError::new(ErrorCode::RoleNotAllowed, "reason", "a cook may not cancel")),
            "rebuild" => std::future::pending().await,
            _ => Ok(CommandOutcome::plain(true)),
        }
    }

    async fn query(&self, session: Option<SessionId>, name: &str, input: Value) -> Result<Value, ApiError> {
        self.note(json!({ "query": name, "session": session, "input": input }));
        Ok(if name == "status" { Value::String("x".repeat(8 << 20)) } else { json!({ "name": name, "input": input }) })
    }

    fn changes(&self, after: Option<&ChangePosition>) -> BoxStream<'static, Change> {
        self.note(json!({ "changes": after }));
        let first = match after {
            Some(position) => Change::Changed {
                position: ChangePosition(format!("{}+1", position.0)),
                topics: vec![Topic::Orders],
                order_id: None,
                at_ms: 1,
            },
            None => Change::Reset { position: ChangePosition("7-0".into()) },
        };
        let beats = stream::unfold(tokio::time::interval(Duration::from_millis(20)), |mut pace| async {
            pace.tick().await;
            Some((Change::Heartbeat { at_ms: 2 }, pace))
        });
        stream::iter([first]).chain(beats).boxed()
    }

    fn download(&self, session: Option<SessionId>) -> Result<Download, ApiError> {
        let waiting = self.waiting.lock().unwrap().clone();
        let none = || ApiError::new(ErrorCode::NothingToDo, "", "none waits");
        let _known = session.ok_or_else(|| ApiError::new(ErrorCode::SessionRequired, "session", "sign in first"))?;
        waiting.ok_or_else(none)
    }

    fn downloaded(&self, taken: &Download) {
        self.note(json!({ "downloaded": taken.name }));
    }
}
