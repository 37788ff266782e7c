//! The chunks in which a till's messages come. The transport's buffer grows by a whole message when it has read its header,
//! behind what it has of the message already; what is left over at its end then holds the next small words of a quiet
//! till, and with them the hundreds of kilobytes of the last batch, for each till. Where a header comes alone there is
//! nothing left over.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame};
use prost::bytes::{Buf as _, Bytes};

/// Bytes before each message of gRPC: whether it is compressed, and how long it is.
const HEADER: usize = 5;

/// A body whose chunks end where headers and messages end.
#[derive(Debug)]
pub struct Chunks<B> {
    body: B,
    /// What has come and was not handed on.
    come: Bytes,
    header: [u8; HEADER],
    /// How many bytes of a header were handed on.
    header_read: usize,
    /// How many bytes of the message are due.
    due: usize,
}

impl<B> Chunks<B> {
    /// The same bytes as in `body`.
    pub fn new(body: B) -> Self {
        Chunks { body, come: Bytes::new(), header: [0; HEADER], header_read: 0, due: 0 }
    }

    /// The next chunk of what has come, which is not empty.
    fn next(&mut self) -> Bytes {
        if self.due > 0 {
            let taken = self.due.min(self.come.len());
            self.due -= taken;
            return self.come.split_to(taken);
        }
        let taken = (HEADER - self.header_read).min(self.come.len());
        let chunk = self.come.split_to(taken);
        self.header[self.header_read..self.header_read + taken].copy_from_slice(&chunk);
        self.header_read += taken;
        if self.header_read == HEADER {
            self.header_read = 0;
            self.due = usize::try_from((&self.header[1..]).get_u32()).unwrap_or(usize::MAX);
        }
        chunk
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Chunks<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        while self.come.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.come = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.next()))))
    }

    fn is_end_stream(&self) -> bool {
        self.come.is_empty() && self.body.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    fn message(payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("a short one");
        [&[0][..], &length.to_be_bytes(), payload].concat()
    }

    /// The chunks of a body that comes `at_once` bytes at a time.
    fn chunks(bytes: &[u8], at_once: usize) -> Vec<Vec<u8>> {
        let frames: Vec<_> = bytes
            .chunks(at_once)
            .map(|part| Ok::<_, std::convert::Infallible>(Frame::data(Bytes::copy_from_slice(part))))
            .collect();
        let body = Chunks::new(StreamBody::new(stream::iter(frames)));
        let read = body.into_data_stream().map(|chunk| chunk.expect("a chunk").to_vec()).collect();
        futures_util::FutureExt::now_or_never(read).expect("nothing is waited for")
    }

    #[test]
    fn headers_come_alone_and_no_byte_is_lost_however_the_bytes_come() {
        let bytes = [message(b"a batch of rows"), message(b""), message(b"a word")].concat();
        for at_once in 1..=bytes.len() {
            assert_eq!(chunks(&bytes, at_once).concat(), bytes, "{at_once} at a time");
        }
        let apart = chunks(&bytes, bytes.len());
        let header = |payload: &[u8]| message(payload)[..HEADER].to_vec();
        let wanted = [
            header(b"a batch of rows"),
            b"a batch of rows".to_vec(),
            header(b""),
            header(b"a word"),
            b"a word".to_vec(),
        ];
        assert_eq!(apart, wanted);
    }
}
