//! The line of one device to head office: the sync protocol, spoken by the bench itself so that a hundred devices fit
//! into it. As a till does, it has up to eight batches under way, and counts one as taken when its head was read back.

use std::collections::VecDeque;

use docket_sync::v1::sync_client::SyncClient;
use docket_sync::v1::{FromCentral, FromTill, Heads, Rows, TillHello, from_central, from_till};
use docket_sync::{BATCHES_IN_FLIGHT, MESSAGE_BYTES_MAX, PROTOCOL};
use tokio::sync::mpsc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

use crate::error::BenchError;
use crate::office::Office;
use crate::office::device::Device;

/// Bytes that may be under way, as at a till.
const WINDOW_BYTES: u32 = 16 * 1024 * 1024;

/// A connection to the service.
pub async fn channel(office: &Office) -> Result<Channel, BenchError> {
    let endpoint = Endpoint::from_shared(office.address()).map_err(|error| unfit(&error.to_string()))?;
    let endpoint = endpoint.tcp_nodelay(true).initial_stream_window_size(WINDOW_BYTES);
    let channel = endpoint.initial_connection_window_size(WINDOW_BYTES).connect().await;
    channel.map_err(|error| unfit(&error.to_string()))
}

fn unfit(what: &str) -> BenchError {
    BenchError::NotComparable(format!("the line to head office: {what}"))
}

/// An open stream.
pub struct Line {
    outgoing: mpsc::Sender<FromTill>,
    incoming: Streaming<FromCentral>,
    /// Last rows of the batches that were not answered.
    under_way: VecDeque<u64>,
}

impl Line {
    /// Attaches a device that holds nothing which head office could lack.
    pub async fn attach(office: &Office, device: &Device) -> Result<Self, BenchError> {
        let (outgoing, messages) = mpsc::channel(BATCHES_IN_FLIGHT * 2);
        let messages = futures_util::stream::unfold(messages, |mut messages: mpsc::Receiver<FromTill>| async {
            messages.recv().await.map(|message| (message, messages))
        });
        let hello = TillHello { protocol: PROTOCOL, app_version: "bench".into(), ..TillHello::default() };
        let hello = FromTill { message: Some(from_till::Message::Hello(hello)) };
        outgoing.send(hello).await.map_err(|_| unfit("hello could not be said"))?;
        let mut request = Request::new(messages);
        let bearer = format!("Bearer {}", device.token).parse().map_err(|_| unfit("the token is no header"))?;
        request.metadata_mut().insert("authorization", bearer);
        let mut client = SyncClient::new(channel(office).await?)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let incoming = client.attach(request).await.map_err(Box::new)?.into_inner();
        let mut line = Self { outgoing, incoming, under_way: VecDeque::new() };
        while !matches!(line.hear().await?, from_central::Message::Hello(_)) {}
        Ok(line)
    }

    async fn hear(&mut self) -> Result<from_central::Message, BenchError> {
        loop {
            let message = self.incoming.message().await.map_err(Box::new)?;
            let message = message.ok_or_else(|| unfit("it ended"))?;
            if let Some(message) = message.message {
                return Ok(message);
            }
        }
    }

    /// Sends a batch as soon as there is room for one.
    pub async fn send(&mut self, batch: Rows) -> Result<(), BenchError> {
        while self.under_way.len() >= BATCHES_IN_FLIGHT {
            self.answered().await?;
        }
        let last = batch.rows.last().map_or(0, |row| row.seq);
        self.under_way.push_back(last);
        let message = FromTill { message: Some(from_till::Message::Rows(batch)) };
        self.outgoing.send(message).await.map_err(|_| unfit("a batch could not be sent"))
    }

    /// Waits until every batch is answered.
    pub async fn drain(&mut self) -> Result<(), BenchError> {
        while !self.under_way.is_empty() {
            self.answered().await?;
        }
        Ok(())
    }

    /// Sends batches, and waits for the last answer.
    pub async fn push(&mut self, batches: Vec<Rows>) -> Result<(), BenchError> {
        for batch in batches {
            self.send(batch).await?;
        }
        self.drain().await
    }

    /// Says nothing in particular, so that head office knows that somebody is there.
    pub async fn show_life(&mut self) -> Result<(), BenchError> {
        let message = FromTill { message: Some(from_till::Message::Held(Heads::default())) };
        self.outgoing.send(message).await.map_err(|_| unfit("it ended"))
    }

    async fn answered(&mut self) -> Result<(), BenchError> {
        match self.hear().await? {
            from_central::Message::Held(heads) => {
                for head in heads.heads {
                    while self.under_way.front().is_some_and(|last| *last <= head.seq) {
                        self.under_way.pop_front();
                    }
                }
                Ok(())
            }
            from_central::Message::Refused(refused) => {
                Err(unfit(&format!("row {} was refused: {}", refused.seq, refused.rule)))
            }
            from_central::Message::Wanted(wanted) => Err(unfit(&format!("row {} is wanted", wanted.seq))),
            from_central::Message::Forked(_) => Err(unfit("the log forked")),
            // Tallies that are asked for, and rows from elsewhere, are no answers to a batch.
            _ => Ok(()),
        }
    }
}
