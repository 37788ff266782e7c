//! A stream whose messages are bytes, so that anything can be sent in the place of a message.

use std::time::Duration;

use docket_sync::v1::{FromCentral, FromTill, TillHello, from_till};
use docket_sync::{MESSAGE_BYTES_MAX, PROTOCOL};
use prost::Message as _;
use prost::bytes::{Buf as _, BufMut as _, Bytes};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// What a stream may take for one attack; reached only where it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// A hello that is as it must be.
pub fn hello() -> Bytes {
    let hello = TillHello {
        protocol: PROTOCOL,
        app_version: "hostile".into(),
        fold_version: 5,
        wall_time_ms: docket_central::clock::wall_ms(),
        heads: Vec::new(),
    };
    FromTill { message: Some(from_till::Message::Hello(hello)) }.encode_to_vec().into()
}

/// Sends messages on one stream until it ends; gives how many answers came. A stream that stays open when all is sent is
/// closed from here.
pub async fn send(channel: Channel, token: &str, messages: impl Iterator<Item = Bytes>) -> usize {
    let (out, stream) = mpsc::channel(4);
    let mut request = Request::new(ReceiverStream::new(stream));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("ASCII"));
    let mut client = tonic::client::Grpc::new(channel).max_decoding_message_size(2 * MESSAGE_BYTES_MAX);
    client = client.max_encoding_message_size(4 * MESSAGE_BYTES_MAX);
    let talk = async {
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::from_static("/docket.sync.v1.Sync/Attach");
        let sending = async {
            for message in messages {
                if out.send(message).await.is_err() {
                    break;
                }
            }
            drop(out);
        };
        let hearing = async {
            let mut answers = client.streaming(request, path, Raw).await?.into_inner();
            let mut heard = 0;
            while let Some(answer) = answers.message().await? {
                FromCentral::decode(answer).expect("head office says nothing but messages");
                heard += 1;
            }
            Ok::<usize, Status>(heard)
        };
        tokio::join!(sending, hearing).1
    };
    // How it ends is head office's to say; that it ends is what is asked for.
    let ended = tokio::time::timeout(PATIENCE, talk).await.expect("the stream ends by itself");
    ended.unwrap_or(0)
}
