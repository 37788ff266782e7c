//! The two streams of messages with head office, on one connection.

use docket_sync::MESSAGE_BYTES_MAX;
use docket_sync::v1::sync_client::SyncClient;
use docket_sync::v1::{FromCentral, FromTill, from_till};
use futures_util::stream;
use tokio::sync::mpsc;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Streaming};

use super::cause::Failure;
use super::token::in_time;
use crate::limits::UPLINK_MESSAGES_WAITING;

/// What is said to head office and what it says.
pub(super) struct Stream {
    outgoing: mpsc::Sender<FromTill>,
    incoming: Streaming<FromCentral>,
}

impl Stream {
    /// Opens them, with the hello that head office waits for.
    pub(super) async fn open(channel: Channel, token: &str, hello: from_till::Message) -> Result<Self, Failure> {
        let (outgoing, messages) = mpsc::channel(UPLINK_MESSAGES_WAITING);
        let first = outgoing.try_send(FromTill { message: Some(hello) });
        debug_assert!(first.is_ok(), "an empty channel has room");
        let messages = stream::unfold(messages, |mut messages: mpsc::Receiver<FromTill>| async {
            messages.recv().await.map(|message| (message, messages))
        });
        let mut request = Request::new(messages);
        let bearer = MetadataValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Failure::Protocol("the token is no text of a header".into()))?;
        request.metadata_mut().insert("authorization", bearer);
        let mut client = SyncClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let incoming = in_time(client.attach(request)).await?.into_inner();
        Ok(Stream { outgoing, incoming })
    }

    /// Says something. Batches are bounded by the engine, so a full line is one on which nothing moves.
    pub(super) fn say(&self, message: from_till::Message) -> Result<(), Failure> {
        self.outgoing.try_send(FromTill { message: Some(message) }).map_err(|_| Failure::Silent)
    }

    /// The next message of head office.
    pub(super) async fn next(&mut self) -> Result<FromCentral, Failure> {
        self.incoming.message().await?.ok_or(Failure::Silent)
    }
}
