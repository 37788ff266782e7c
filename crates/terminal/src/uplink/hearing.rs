//! What head office says, and what follows.

use docket_domain::ids::LogId;
use docket_log::Hash;
use docket_log::replication::PeerHead;
use docket_sync::v1::{
    CentralHello, Document, DocumentWanted, FromCentral, Head, Heads, Rows, from_central, from_till,
};
use docket_sync::{Item, MESSAGE_HEADS_MAX, PROTOCOL, head_from, head_to, keys_from, rows_from};

use super::Stopped;
use super::cause::Failure;
use super::documents::{Part, part_of};
use super::driver::{Driver, jitter};
use crate::clock::{steady_ms, wall_ms};
use crate::store::peers::Link;

fn log_of(bytes: &[u8]) -> Option<LogId> {
    bytes.try_into().ok().map(LogId)
}

fn heads_of(heads: &[Head]) -> Result<Vec<PeerHead>, Failure> {
    if heads.len() > MESSAGE_HEADS_MAX {
        return Err(Failure::Protocol(format!("heads: are at most {MESSAGE_HEADS_MAX}")));
    }
    heads.iter().map(head_from).collect::<Result<_, _>>().map_err(|error| Failure::Protocol(error.to_string()))
}

impl Driver {
    /// Takes a message in. One that makes no sense ends the connection, never the till.
    pub(super) async fn hear(&mut self, message: FromCentral) -> Result<(), Stopped> {
        let now = steady_ms();
        self.engine.heard(now);
        let done = match message.message {
            Some(from_central::Message::Hello(hello)) => self.hear_hello(&hello, now).await?,
            Some(from_central::Message::Held(held)) => self.hear_held(&held, now),
            Some(from_central::Message::Wanted(wanted)) => {
                if let Some(log) = log_of(&wanted.log_id) {
                    tracing::info!(%log, seq = wanted.seq, "head office wants earlier rows");
                    self.engine.wanted(log, wanted.seq, now);
                }
                Ok(())
            }
            Some(from_central::Message::Refused(refused)) => {
                if let Some(log) = log_of(&refused.log_id) {
                    tracing::error!(%log, seq = refused.seq, rule = refused.rule, "head office refuses rows; other logs go on");
                    let rule = format!("row {}: {}", refused.seq, refused.rule);
                    self.engine.refused(log, &rule, now, jitter());
                }
                Ok(())
            }
            Some(from_central::Message::Forked(forked)) => {
                if let Some(log) = log_of(&forked.log_id) {
                    self.engine.forked(log, forked.seq, now);
                }
                Ok(())
            }
            Some(from_central::Message::Rows(rows)) => self.hear_rows(&rows).await?,
            Some(from_central::Message::Document(part)) => self.hear_document(&part).await?,
            Some(from_central::Message::DocumentWanted(wanted)) => self.give_document(&wanted)?,
            Some(from_central::Message::TallyWanted(wanted)) => {
                let currency = self.terminal.shop().set_up.as_ref().map_or("", |shop| shop.currency.code()).to_owned();
                let tally = self.tallies.of(self.reading.connection(), &wanted, &currency)?;
                self.say(from_till::Message::Tally(tally))
            }
            Some(from_central::Message::Revoked(_)) => {
                tracing::warn!("head office has shut this till out");
                self.revoked = true;
                Ok(())
            }
            // A newer head office says something that this program does not know.
            None => Ok(()),
        };
        if let Err(failure) = done {
            self.fail(&failure);
        }
        Ok(())
    }

    pub(super) fn say(&self, message: from_till::Message) -> Result<(), Failure> {
        self.stream.as_ref().map_or(Ok(()), |stream| stream.say(message))
    }

    async fn hear_hello(&mut self, hello: &CentralHello, now: u64) -> Result<Result<(), Failure>, Stopped> {
        if hello.protocol != PROTOCOL {
            return Ok(Err(Failure::Protocol(format!("head office speaks protocol {}", hello.protocol))));
        }
        let heads = match heads_of(&hello.heads) {
            Ok(heads) => heads,
            Err(failure) => return Ok(Err(failure)),
        };
        self.clock_ahead_ms = wall_ms().saturating_sub(hello.wall_time_ms);
        self.revoked = false;
        if let Some(fresh) = hello.fresh_token.as_ref().filter(|fresh| !fresh.token.is_empty()) {
            self.keep_token(fresh.token.clone(), fresh.token_expires_ms);
        }
        tracing::info!(heads = heads.len(), "head office said hello");
        self.engine.hello(&heads, now, &self.reading);
        self.ask_for_documents().await
    }

    fn hear_held(&mut self, held: &Heads, now: u64) -> Result<(), Failure> {
        for error in self.engine.acked(&heads_of(&held.heads)?, now, &self.reading) {
            tracing::warn!(%error, "an acknowledgement does not count");
        }
        Ok(())
    }

    /// Rows that come down: they go the way of any other device's rows, and are acknowledged soon after they are durable.
    async fn hear_rows(&mut self, rows: &Rows) -> Result<Result<(), Failure>, Stopped> {
        let ((log, items), keys) = match rows_from(rows).and_then(|read| Ok((read, keys_from(rows)?))) {
            Ok(read) => read,
            Err(error) => return Ok(Err(Failure::Protocol(error.to_string()))),
        };
        let sent: Vec<PeerHead> =
            items.iter().map(|item| PeerHead { log, seq: item.head().seq, hash: item.head().hash }).collect();
        let links = items.into_iter().map(|item| match item {
            Item::Row(row) => Link::Row(row),
            Item::Stub(stub) => Link::Stub(stub),
        });
        let report = self.terminal.take_links(links.collect(), keys).await?;
        for refused in &report.refused {
            tracing::warn!(%refused, "rows of head office are refused");
        }
        self.take_up()?;
        if let Some(last) = sent.last() {
            self.engine.received(&[*last], &self.reading);
        }
        self.answers.add(log, steady_ms());
        Ok(Ok(()))
    }

    /// Answers the batches that are due to be answered, and asks for what their rows name.
    pub(super) async fn answer(&mut self, now: u64) -> Result<(), Stopped> {
        let due = self.answers.take_due(now);
        if due.is_empty() {
            return Ok(());
        }
        for log in due {
            let mut held = self.heads_of(log);
            if held.is_empty() {
                // Refused whole: the batch is answered all the same, and nothing of its log is here.
                held.push(PeerHead { log, seq: 0, hash: Hash([0; 32]) });
            }
            let heads = held.iter().map(head_to).collect();
            if let Err(failure) = self.say(from_till::Message::Held(Heads { heads })) {
                self.fail(&failure);
                return Ok(());
            }
        }
        if let Err(failure) = self.ask_for_documents().await? {
            self.fail(&failure);
        }
        Ok(())
    }

    /// Asks for the documents that facts name and that are not held.
    async fn ask_for_documents(&mut self) -> Result<Result<(), Failure>, Stopped> {
        let missing = self.terminal.inner.writer.task(|writer| writer.documents_wanted()).await??;
        for wanted in self.documents.ask(missing) {
            if let Err(failure) = self.say(from_till::Message::DocumentWanted(wanted)) {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(()))
    }

    async fn hear_document(&mut self, part: &Document) -> Result<Result<(), Failure>, Stopped> {
        match self.documents.take(part) {
            Part::More(wanted) => Ok(self.say(from_till::Message::DocumentWanted(wanted))),
            Part::Whole(body) => {
                self.terminal.take_document(body).await?;
                self.ask_for_documents().await
            }
            Part::Refused(rule) => {
                tracing::warn!(rule, "a part of a document is refused");
                Ok(Ok(()))
            }
        }
    }

    fn give_document(&self, wanted: &DocumentWanted) -> Result<Result<(), Failure>, Stopped> {
        Ok(match part_of(self.reading.connection(), wanted)? {
            Some(part) => self.say(from_till::Message::Document(part)),
            None => Ok(()),
        })
    }

    /// Head office holds a later row of an own log than this folder does.
    pub(super) async fn ahead(&mut self, head: PeerHead) -> Result<(), Stopped> {
        if self.is_own(head.log)? {
            self.engine.doubt(head.log);
            tracing::error!(log = %head.log, seq = head.seq, "head office holds rows of this till that this store lost");
            self.terminal.inner.writer.task(move |writer| writer.peer_is_ahead(head.log)).await??;
            self.take_up()?;
        }
        Ok(())
    }

    /// Head office holds another history of a log.
    pub(super) async fn forked(&mut self, log: LogId, seq: u64) -> Result<(), Stopped> {
        if self.is_own(log)? {
            tracing::error!(%log, seq, "head office holds another history of this till's log");
            self.terminal.inner.writer.task(move |writer| writer.peer_forked(log, seq)).await??;
            self.take_up()?;
        }
        Ok(())
    }

    fn is_own(&self, log: LogId) -> Result<bool, Stopped> {
        Ok(crate::store::peers::held_log(self.reading.connection(), log)?.is_some_and(|held| held.own))
    }
}
