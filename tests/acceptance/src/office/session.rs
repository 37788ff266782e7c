//! One stream with a till: what comes is checked, kept and acknowledged, unless a fault says otherwise.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use docket_domain::ids::LogId;
use docket_log::replication::PeerHead;
use docket_log::{ChainVerifier, Damage, Hash, Mode, Row};
use docket_sync::v1::sync_server::Sync;
use docket_sync::v1::{
    CentralHello, Document, DocumentWanted, Forked, FromCentral, FromTill, Head, Heads, Refused, Rows, TallyWanted,
    Wanted, from_central, from_till,
};
use docket_sync::{DOCUMENT_PART_BYTES, Item, PROTOCOL, head_from, head_to, rows_from, rows_to};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{State, lock};

pub(super) struct Door {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) changed: watch::Sender<u64>,
    pub(super) stop: watch::Receiver<bool>,
}

type Answers = mpsc::Sender<Result<FromCentral, Status>>;

#[tonic::async_trait]
impl Sync for Door {
    type AttachStream = Pin<Box<dyn Stream<Item = Result<FromCentral, Status>> + Send>>;

    async fn attach(&self, request: Request<Streaming<FromTill>>) -> Result<Response<Self::AttachStream>, Status> {
        let bearer = request.metadata().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        {
            let state = lock(&self.state);
            let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
            if state.faults.tokens_expired || !state.tokens.contains(token) {
                return Err(Status::unauthenticated("token: is not good any more"));
            }
        }
        let (answers, stream) = mpsc::channel(64);
        let session = Session {
            state: self.state.clone(),
            changed: self.changed.clone(),
            answers,
            sent: std::collections::BTreeMap::new(),
            swapped: None,
            days: 0,
        };
        let mut stop = self.stop.clone();
        let messages = request.into_inner();
        tokio::spawn(async move {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                () = session.run(messages) => {}
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

struct Session {
    state: Arc<Mutex<State>>,
    changed: watch::Sender<u64>,
    answers: Answers,
    /// Up to where own logs were sent.
    sent: std::collections::BTreeMap<LogId, u64>,
    swapped: Option<Rows>,
    /// How many days were asked for.
    days: usize,
}

/// The connection ends here.
struct Gone;

impl Session {
    async fn run(mut self, mut messages: Streaming<FromTill>) {
        let mut changed = self.changed.subscribe();
        loop {
            let go_on = tokio::select! {
                message = messages.next() => match message {
                    Some(Ok(FromTill { message: Some(message) })) => self.take(message).await,
                    _ => Err(Gone),
                },
                word = changed.changed() => match word {
                    Ok(()) => self.send_down().await,
                    Err(_) => Err(Gone),
                },
            };
            if go_on.is_err() {
                return;
            }
        }
    }

    async fn say(&self, message: from_central::Message) -> Result<(), Gone> {
        self.answers.send(Ok(FromCentral { message: Some(message) })).await.map_err(|_| Gone)
    }

    fn tell(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    async fn take(&mut self, message: from_till::Message) -> Result<(), Gone> {
        match message {
            from_till::Message::Hello(hello) => {
                self.greet(&hello.heads).await?;
                self.send_down().await
            }
            from_till::Message::Rows(rows) => self.take_in_turn(rows).await,
            from_till::Message::Held(held) => {
                let heads = held.heads.iter().filter_map(|head| head_from(head).ok());
                lock(&self.state).down.extend(heads.map(|head| (head.log, head.seq)));
                self.tell();
                Ok(())
            }
            from_till::Message::Document(part) => {
                let hash = <[u8; 32]>::try_from(&part.hash[..]).expect("a hash");
                let (end, whole) = {
                    let mut state = lock(&self.state);
                    let body = state.held.documents.entry(hash).or_default();
                    // A document that two stores publish is asked for twice.
                    if (body.len() as u64) < part.size || part.size == 0 {
                        assert_eq!(body.len() as u64, part.offset, "the part that was asked for");
                        body.extend_from_slice(&part.part);
                    }
                    (body.len() as u64, part.size)
                };
                self.tell();
                if end < whole { self.want(part.hash, end).await } else { Ok(()) }
            }
            from_till::Message::DocumentWanted(wanted) => self.give(&wanted).await,
            from_till::Message::Tally(tally) => {
                lock(&self.state).held.tallies.push(tally);
                self.tell();
                Ok(())
            }
        }
    }

    async fn want(&self, hash: prost::bytes::Bytes, offset: u64) -> Result<(), Gone> {
        self.say(from_central::Message::DocumentWanted(DocumentWanted { hash, offset })).await
    }

    async fn greet(&mut self, theirs: &[Head]) -> Result<(), Gone> {
        self.sent = theirs.iter().filter_map(|head| head_from(head).ok()).map(|head| (head.log, head.seq)).collect();
        let heads = {
            let state = lock(&self.state);
            let last = |(log, items): (&LogId, &Vec<Item>)| items.last().map(|item| head_to(&at(*log, item)));
            let own = |(log, rows): (&LogId, &Vec<Row>)| {
                rows.last().map(|row| head_to(&PeerHead { log: *log, seq: row.seq, hash: row.hash }))
            };
            let held = state.held.logs.iter().filter_map(last);
            held.chain(state.own.iter().filter_map(own)).collect()
        };
        let hello = CentralHello {
            protocol: PROTOCOL,
            app_version: "test".into(),
            wall_time_ms: crate::wall_ms(),
            heads,
            fresh_token: None,
        };
        self.say(from_central::Message::Hello(hello)).await
    }

    async fn send_down(&mut self) -> Result<(), Gone> {
        let days = lock(&self.state).days.clone();
        for business_day in days.into_iter().skip(self.days) {
            self.days += 1;
            self.say(from_central::Message::TallyWanted(TallyWanted { business_day, store_id: Default::default() }))
                .await?;
        }
        let mut waiting = self.lost();
        for (log, rows) in &lock(&self.state).own {
            let sent = self.sent.entry(*log).or_insert(0);
            let items: Vec<Item> =
                rows.iter().filter(|row| row.seq > *sent).map(|row| Item::Row(Box::new(row.clone()))).collect();
            if let Some(last) = items.last() {
                *sent = last.head().seq;
                waiting.push(rows_to(*log, &items, String::new()));
            }
        }
        for rows in waiting {
            self.say(from_central::Message::Rows(rows)).await?;
        }
        Ok(())
    }

    /// What the till lacks of logs that came from tills.
    fn lost(&mut self) -> Vec<Rows> {
        let state = lock(&self.state);
        let mut waiting = Vec::new();
        for (log, items) in state.held.logs.iter().filter(|_| state.faults.give_back) {
            let sent = self.sent.entry(*log).or_insert(0);
            let items: Vec<Item> = items.iter().filter(|item| item.head().seq > *sent).cloned().collect();
            if let Some(last) = items.last() {
                *sent = last.head().seq;
                waiting.push(rows_to(*log, &items, String::new()));
            }
        }
        waiting
    }

    async fn give(&self, wanted: &DocumentWanted) -> Result<(), Gone> {
        let hash = <[u8; 32]>::try_from(&wanted.hash[..]).expect("a hash");
        let Some(body) = lock(&self.state).held.documents.get(&hash).cloned() else { return Ok(()) };
        let from = usize::try_from(wanted.offset).expect("small").min(body.len());
        let part = body[from..body.len().min(from + DOCUMENT_PART_BYTES)].to_vec().into();
        let document = Document { hash: wanted.hash.clone(), size: body.len() as u64, offset: wanted.offset, part };
        self.say(from_central::Message::Document(document)).await
    }

    /// Takes a batch, or keeps it until the one behind it was taken.
    async fn take_in_turn(&mut self, rows: Rows) -> Result<(), Gone> {
        if let Some(before) = self.swapped.take() {
            self.take_rows(rows).await?;
            return self.take_rows(before).await;
        }
        let swap = {
            let faults = &mut lock(&self.state).faults;
            let swap = faults.swap > 0;
            faults.swap = faults.swap.saturating_sub(1);
            swap
        };
        if swap {
            self.swapped = Some(rows);
            return Ok(());
        }
        self.take_rows(rows).await
    }

    async fn take_rows(&mut self, rows: Rows) -> Result<(), Gone> {
        let (log, items) = rows_from(&rows).expect("a till sends rows as they must be");
        let last = items.last().expect("a batch has rows");
        let sent = self.sent.entry(log).or_insert(0);
        *sent = last.head().seq.max(*sent);
        let (answer, lost) = {
            let mut state = lock(&self.state);
            state.batches += 1;
            state.held.traces.push((last.clone(), rows.traceparent.clone()));
            if state.faults.mute {
                (None, false)
            } else if state.faults.lie {
                let lie = PeerHead { hash: Hash([0xee; 32]), ..at(log, last) };
                (Some(from_central::Message::Held(Heads { heads: vec![head_to(&lie)] })), false)
            } else if state.faults.refuse == Some(log) {
                (Some(refused(log, last.head().seq, "a rule of this test")), false)
            } else {
                let answer = keep(&mut state, log, items, &mut |hash| published(hash, &self.answers));
                let lost = state.faults.lose_answers > 0 && matches!(answer, from_central::Message::Held(_));
                state.faults.lose_answers -= u32::from(lost);
                (Some(answer), lost)
            }
        };
        self.tell();
        if lost {
            return Err(Gone);
        }
        match answer {
            Some(answer) => self.say(answer).await,
            None => Ok(()),
        }
    }
}

fn at(log: LogId, item: &Item) -> PeerHead {
    PeerHead { log, seq: item.head().seq, hash: item.head().hash }
}

fn refused(log: LogId, seq: u64, rule: &str) -> from_central::Message {
    from_central::Message::Refused(Refused { log_id: log.0.to_vec().into(), seq, rule: rule.to_owned() })
}

/// Asks for a document that a fact named. A full line would lose it, and the test would say so.
fn published(hash: Vec<u8>, answers: &Answers) {
    let wanted = DocumentWanted { hash: hash.into(), offset: 0 };
    let message = from_central::Message::DocumentWanted(wanted);
    answers.try_send(Ok(FromCentral { message: Some(message) })).expect("the line has room");
}

/// Keeps what continues a log, by the rules of `docs/LOG.md`; gives what the till is told.
fn keep(state: &mut State, log: LogId, items: Vec<Item>, named: &mut dyn FnMut(Vec<u8>)) -> from_central::Message {
    let held = state.held.logs.entry(log).or_default();
    let due = held.len() as u64 + 1;
    let first = items.first().expect("a batch has rows").head().seq;
    if first > due {
        return from_central::Message::Wanted(Wanted { log_id: log.0.to_vec().into(), seq: due });
    }
    let index = |seq: u64| usize::try_from(seq - 1).expect("small");
    let other =
        |item: &&Item| held.get(index(item.head().seq)).is_some_and(|known| known.head().hash != item.head().hash);
    if let Some(parted) = items.iter().find(other) {
        let seq = parted.head().seq;
        return from_central::Message::Forked(Forked { log_id: log.0.to_vec().into(), seq });
    }
    let last = at(log, items.last().expect("a batch has rows"));
    let new: Vec<Item> = items.into_iter().filter(|item| item.head().seq >= due).collect();
    if let Err(damage) = verify(log, held, &new) {
        return refused(log, damage.seq(), &damage.to_string());
    }
    for item in &new {
        if let Item::Row(row) = item
            && row.event_type == "store.document_published"
        {
            let hash = docket_domain::shop::ShopEvent::decode(&row.event_type, row.schema_version, &row.payload);
            if let Ok(Some(docket_domain::shop::ShopEvent::DocumentPublished(fact))) = hash {
                let mut bytes = vec![0; 32];
                for (place, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&fact.hash[place * 2..place * 2 + 2], 16).expect("hex");
                }
                named(bytes);
            }
        }
    }
    held.extend(new);
    from_central::Message::Held(Heads { heads: vec![head_to(&last)] })
}

fn verify(log: LogId, held: &[Item], new: &[Item]) -> Result<(), Damage> {
    let Some(Item::Row(opening)) = held.first().or(new.first()) else { return Err(Damage::Empty { log }) };
    let mut verifier = ChainVerifier::from_opening(opening, Mode::Batch)?;
    for item in held.iter().chain(new) {
        match item {
            Item::Row(row) => verifier.push(row)?,
            Item::Stub(stub) => verifier.push_stub(stub)?,
        }
    }
    verifier.finish().map(drop)
}
