//! What the HTTP layer asks of the program behind it. The terminal is the one that runs; tests bring a stand-in.

use std::future::Future;

use docket_contracts::{ApiError, Change, ChangePosition, CommandOutcome, CommandRequest};
use docket_domain::ids::SessionId;
use docket_terminal::Terminal;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::Value;

/// Commands, queries and the change feed, whatever carries them.
pub trait Host: Clone + Send + Sync + 'static {
    /// Runs a command. It is done and durable when this answers.
    fn command(
        &self,
        session: Option<SessionId>,
        name: &str,
        request: CommandRequest,
    ) -> impl Future<Output = Result<CommandOutcome, ApiError>> + Send;

    /// Answers a query.
    fn query(
        &self,
        session: Option<SessionId>,
        name: &str,
        input: Value,
    ) -> impl Future<Output = Result<Value, ApiError>> + Send;

    /// The feed of changes from a position on; without one, or with one that can't be resumed, it begins with a reset.
    fn changes(&self, after: Option<&ChangePosition>) -> BoxStream<'static, Change>;
}

impl Host for Terminal {
    fn command(
        &self,
        session: Option<SessionId>,
        name: &str,
        request: CommandRequest,
    ) -> impl Future<Output = Result<CommandOutcome, ApiError>> + Send {
        Terminal::command(self, session, name, request)
    }

    fn query(
        &self,
        session: Option<SessionId>,
        name: &str,
        input: Value,
    ) -> impl Future<Output = Result<Value, ApiError>> + Send {
        Terminal::query(self, session, name, input)
    }

    fn changes(&self, after: Option<&ChangePosition>) -> BoxStream<'static, Change> {
        let feed = Terminal::changes(self, after);
        stream::unfold(feed, |mut feed| async move {
            let change = feed.next().await?;
            Some((change, feed))
        })
        .boxed()
    }
}
