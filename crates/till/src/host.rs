//! What the HTTP layer asks of the program behind it. The terminal is the one that runs; tests bring a stand-in.

use std::future::Future;

use docket_contracts::{ApiError, Change, ChangePosition, CommandOutcome, CommandRequest, ErrorCode};
use docket_domain::ids::SessionId;
use docket_terminal::{Download, Terminal};
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

    /// The export that waits to be fetched. A host that writes none has none.
    ///
    /// # Errors
    /// If none waits, or the session may not have it.
    fn download(&self, _session: Option<SessionId>) -> Result<Download, ApiError> {
        Err(ApiError::new(ErrorCode::NothingToDo, "", "no export waits to be fetched"))
    }

    /// It was fetched as a whole.
    fn downloaded(&self, _taken: &Download) {}
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

    fn download(&self, session: Option<SessionId>) -> Result<Download, ApiError> {
        Terminal::download(self, session)
    }

    fn downloaded(&self, taken: &Download) {
        Terminal::downloaded(self, taken);
    }
}
