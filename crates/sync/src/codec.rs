//! Messages to and from bytes. Before a message is built, its parts are counted: a peer may not have millions of empty
//! rows made out of a message that is small enough.

use std::marker::PhantomData;

use prost::Message;
use prost::bytes::Buf as _;
use prost::encoding::{WireType, decode_key, decode_varint};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic_prost::{ProstDecoder, ProstEncoder};

use crate::MESSAGE_PARTS_MAX;

/// A message has more parts than any needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("message: has at most {MESSAGE_PARTS_MAX} parts")]
pub struct TooManyParts;

/// Counts the members of a message and those of its members, as far as the bytes are a message; what is none is for the
/// decoder to refuse.
///
/// # Errors
/// [`TooManyParts`].
pub fn check_parts(message: &[u8]) -> Result<(), TooManyParts> {
    let mut parts = 0;
    for member in Members(message) {
        // A text that happens to look like members is counted as if it were.
        parts += 1 + Members(member).take(MESSAGE_PARTS_MAX).count();
        if parts > MESSAGE_PARTS_MAX {
            return Err(TooManyParts);
        }
    }
    Ok(())
}

/// The members of a message with a length; the others hold no more than a number.
struct Members<'a>(&'a [u8]);

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let (_, kind) = decode_key(&mut self.0).ok()?;
            match kind {
                WireType::LengthDelimited => {
                    let length = usize::try_from(decode_varint(&mut self.0).ok()?).ok()?;
                    let (member, rest) = self.0.split_at_checked(length)?;
                    self.0 = rest;
                    return Some(member);
                }
                WireType::Varint => drop(decode_varint(&mut self.0).ok()?),
                WireType::SixtyFourBit => self.0 = self.0.get(8..)?,
                WireType::ThirtyTwoBit => self.0 = self.0.get(4..)?,
                // Groups are older than this protocol, and no message of it has one.
                WireType::StartGroup | WireType::EndGroup => return None,
            }
        }
    }
}

/// The codec of both services.
#[derive(Debug, Clone)]
pub struct BoundedCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for BoundedCodec<T, U> {
    fn default() -> Self {
        BoundedCodec(PhantomData)
    }
}

impl<T, U> Codec for BoundedCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = BoundedDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        BoundedDecoder(ProstDecoder::default())
    }
}

/// Reads a message whose parts are not too many.
#[derive(Debug, Clone)]
pub struct BoundedDecoder<U>(ProstDecoder<U>);

impl<U: Message + Default> Decoder for BoundedDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // The bytes of one message lie in one piece; should they not, the rest is not looked at.
        check_parts(from.chunk()).map_err(|error| Status::out_of_range(error.to_string()))?;
        self.0.decode(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{FromTill, Head, Rows, TillHello, from_till};
    use crate::{MESSAGE_HEADS_MAX, MESSAGE_ROWS_MAX};

    fn bytes(message: from_till::Message) -> Vec<u8> {
        FromTill { message: Some(message) }.encode_to_vec()
    }

    #[test]
    fn the_largest_messages_pass_and_a_crowd_of_empty_parts_does_not() {
        let head = Head { log_id: vec![1; 16].into(), seq: 1, hash: vec![2; 32].into() };
        let hello = TillHello { heads: vec![head; MESSAGE_HEADS_MAX], ..TillHello::default() };
        assert_eq!(check_parts(&bytes(from_till::Message::Hello(hello))), Ok(()));
        let rows =
            |count| bytes(from_till::Message::Rows(Rows { rows: vec![Default::default(); count], ..Rows::default() }));
        assert_eq!(check_parts(&rows(MESSAGE_ROWS_MAX)), Ok(()));
        assert_eq!(check_parts(&rows(MESSAGE_PARTS_MAX)), Err(TooManyParts));
        // The same member again and again is merged into one.
        let many = rows(1_000).repeat(100);
        assert_eq!(check_parts(&many), Err(TooManyParts));
        assert_eq!(check_parts(&[0xff; 64]), Ok(()), "what is no message is refused by whoever reads it");
    }
}
