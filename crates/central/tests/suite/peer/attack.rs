//! What the hostile peer does. Each attack is drawn from dice, so that its number repeats it.

use docket_sync::v1::{FromTill, from_till};
use docket_sync::{MESSAGE_BYTES_MAX, rows_to, v1};
use docket_testkit::dice::Dice;
use prost::Message as _;
use prost::bytes::Bytes;

use super::{Scene, line, wire};
use crate::till::items;

/// Messages of a stream that does not mean to end. Of false ones head office hears a few dozen.
const ENDLESS: usize = 400;

#[derive(Debug, Clone, Copy)]
pub enum Attack {
    /// Messages with some bits flipped.
    Flipped,
    /// Messages that are cut off.
    Cut,
    /// A piece of a message stands in another place of it, or of another message.
    Spliced,
    /// Bytes are put in, or a stretch is doubled.
    Grown,
    /// Old messages again, in any order.
    Replayed,
    /// Rows of the till beside, or of an earlier log, under a name that is not theirs.
    Renamed,
    /// A message that is larger than any may be.
    Oversize,
    /// As many rows or heads as a message has room for, with nothing in them.
    Crowded,
    /// A stream that says the same false thing, or nothing new, for ever.
    Endless,
    /// Messages of chance.
    Noise,
    /// No hello, or a false one, or several.
    Greeting,
    /// Heads, documents and tallies of chance.
    Beside,
    /// The bytes of the connection are changed on their way.
    Line(line::Fault),
}

impl Attack {
    pub fn drawn(dice: &mut Dice) -> Self {
        use Attack::{
            Beside, Crowded, Cut, Endless, Flipped, Greeting, Grown, Line, Noise, Oversize, Renamed, Replayed, Spliced,
        };
        let messages = [
            (6, Flipped),
            (4, Cut),
            (3, Spliced),
            (3, Grown),
            (2, Replayed),
            (2, Renamed),
            (1, Oversize),
            (1, Crowded),
            (1, Endless),
            (2, Noise),
            (1, Greeting),
            (2, Beside),
        ];
        if dice.one_in(4) { Line(line::Fault::drawn(dice)) } else { dice.weighed(&messages) }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Attack::Flipped => "flipped",
            Attack::Cut => "cut off",
            Attack::Spliced => "spliced",
            Attack::Grown => "grown",
            Attack::Replayed => "replayed",
            Attack::Renamed => "renamed",
            Attack::Oversize => "oversize",
            Attack::Crowded => "crowded",
            Attack::Endless => "endless",
            Attack::Noise => "noise",
            Attack::Greeting => "greeting",
            Attack::Beside => "beside",
            Attack::Line(_) => "line",
        }
    }

    pub async fn run(self, scene: &Scene, dice: &mut Dice) {
        if let Attack::Line(fault) = self {
            return line::run(scene, fault, dice).await;
        }
        let mut messages = vec![wire::hello()];
        match self {
            Attack::Greeting => messages = greetings(scene, dice),
            Attack::Oversize => messages.push(vec![0x12; MESSAGE_BYTES_MAX + 1 + dice.below(4 * 1024 * 1024)].into()),
            Attack::Crowded => messages.push(crowd(dice)),
            Attack::Endless => {
                let one = if dice.one_in(2) { flipped(batch(scene, dice), dice) } else { old(scene, dice) };
                messages.extend(std::iter::repeat_n(Bytes::from(one), ENDLESS));
            }
            _ => {
                for _ in 0..dice.between(1, 6) {
                    messages.push(self.message(scene, dice).into());
                }
            }
        }
        wire::send(scene.channel().await, &scene.hostile_token, messages.into_iter()).await;
    }

    fn message(self, scene: &Scene, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = batch(scene, dice);
        match self {
            Attack::Flipped => flipped(bytes, dice),
            Attack::Cut => {
                bytes.truncate(dice.below(bytes.len()));
                bytes
            }
            Attack::Spliced => {
                let other = batch(scene, dice);
                let (from, to) = (dice.below(other.len()), dice.below(bytes.len()));
                let length = dice.between(1, 200).min(other.len() - from).min(bytes.len() - to);
                bytes[to..to + length].copy_from_slice(&other[from..from + length]);
                bytes
            }
            Attack::Grown => {
                let at = dice.below(bytes.len());
                let length = dice.between(1, 64).min(bytes.len() - at);
                let piece: Vec<u8> = if dice.one_in(2) { bytes[at..at + length].to_vec() } else { noise(dice, length) };
                bytes.splice(at..at, piece);
                bytes
            }
            Attack::Replayed => old(scene, dice),
            Attack::Renamed => renamed(scene, dice),
            Attack::Beside => beside(dice),
            _ => {
                let length = dice.below(2_000);
                noise(dice, length)
            }
        }
    }
}

fn message(message: from_till::Message) -> Vec<u8> {
    FromTill { message: Some(message) }.encode_to_vec()
}

/// Rows that are true: what head office holds already, what follows, or both.
fn batch(scene: &Scene, dice: &mut Dice) -> Vec<u8> {
    let (rows, held) = (&scene.hostile.rows, usize::try_from(scene.held).expect("few"));
    let from = if dice.one_in(2) { held } else { dice.below(rows.len()) };
    let to = dice.between(from + 1, rows.len());
    message(from_till::Message::Rows(rows_to(rows[0].log, &items(&rows[from..to]), String::new())))
}

/// Rows that head office holds.
fn old(scene: &Scene, dice: &mut Dice) -> Vec<u8> {
    let logs: Vec<&[docket_log::Row]> =
        scene.earlier.iter().map(Vec::as_slice).chain([&scene.hostile.rows[..]]).collect();
    let rows = *dice.pick(&logs).expect("the log that is open");
    let end = dice.between(1, rows.len().min(usize::try_from(scene.held).expect("few").max(1)));
    let start = dice.below(end);
    message(from_till::Message::Rows(rows_to(rows[0].log, &items(&rows[start..end]), String::new())))
}

/// True rows under the name of a log that they are not of.
fn renamed(scene: &Scene, dice: &mut Dice) -> Vec<u8> {
    let (good, own) = (&scene.good.rows, &scene.hostile.rows);
    let (rows, log) = if dice.one_in(2) { (good, own[0].log) } else { (own, good[0].log) };
    let from = dice.below(rows.len());
    let to = dice.between(from + 1, rows.len().min(from + 100));
    message(from_till::Message::Rows(rows_to(log, &items(&rows[from..to]), String::new())))
}

fn flipped(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    for _ in 0..dice.between(1, 8) {
        let at = dice.below(bytes.len());
        bytes[at] ^= 1 << dice.below(8);
    }
    bytes
}

fn noise(dice: &mut Dice, length: usize) -> Vec<u8> {
    std::iter::repeat_with(|| dice.bits().to_be_bytes()[0]).take(length).collect()
}

fn greetings(scene: &Scene, dice: &mut Dice) -> Vec<Bytes> {
    let said = wire::hello();
    match dice.below(4) {
        0 => vec![batch(scene, dice).into()],
        1 => vec![flipped(said.to_vec(), dice).into(), batch(scene, dice).into()],
        2 => vec![said.clone(), said.clone(), said],
        _ => {
            let heads =
                (0..dice.between(1, 70_000)).map(|_| v1::Head { log_id: Bytes::new(), seq: 1, hash: Bytes::new() });
            let hello = v1::TillHello { protocol: 1, heads: heads.collect(), ..v1::TillHello::default() };
            vec![message(from_till::Message::Hello(hello)).into()]
        }
    }
}

/// A member of FromTill that is millions of empty members, two bytes each.
fn crowd(dice: &mut Dice) -> Bytes {
    let (member, part) = *dice.pick(&[(0x12, 0x12), (0x0a, 0x2a), (0x1a, 0x0a)]).expect("three");
    let parts = [part, 0].repeat(MESSAGE_BYTES_MAX / 2 - 16);
    let mut message = vec![member];
    prost::encoding::encode_varint(parts.len() as u64, &mut message);
    message.extend(parts);
    message.into()
}

fn beside(dice: &mut Dice) -> Vec<u8> {
    let some = |dice: &mut Dice, length: usize| Bytes::from(noise(dice, length));
    let length = if dice.one_in(3) { dice.below(40) } else { 32 };
    let hash = some(dice, length);
    message(match dice.below(4) {
        0 => from_till::Message::Held(v1::Heads {
            heads: vec![v1::Head { log_id: some(dice, 16), seq: dice.bits(), hash: some(dice, 32) }],
        }),
        1 => from_till::Message::DocumentWanted(v1::DocumentWanted { hash, offset: dice.bits() }),
        2 => {
            let length = dice.below(300_000);
            let part = some(dice, length);
            from_till::Message::Document(v1::Document { hash, size: dice.bits() >> dice.below(64), offset: 0, part })
        }
        _ => from_till::Message::Tally(v1::Tally {
            business_day: i32::from_be_bytes(dice.bits().to_be_bytes()[..4].try_into().expect("4 bytes")),
            logs: vec![v1::LogTally { log_id: some(dice, 16), rows: dice.bits(), hash_sum: some(dice, 32) }],
            captured_minor: 1,
            refunded_minor: -1,
            currency: "ZZZ".into(),
            store_id: some(dice, 16),
        }),
    })
}
