//! A stub that the row itself has taken the place of goes to the tills that were sent the stub.

use docket_domain::order::OrderCommand;
use docket_log::replication::PeerHead;
use docket_log::{DamageReason, Row, Stub};
use docket_sync::v1::{from_central, from_till};
use docket_sync::{Item, head_to, rows_from, rows_to, v1};
use docket_testkit::samples::pay;

use crate::attach::{Service, Stream, attach, token};
use crate::office::Office;
use crate::till::{Till, create, order_id};

/// The next items that come down.
async fn next(stream: &mut Stream) -> Vec<Item> {
    match stream.answer().await.expect("an answer") {
        from_central::Message::Rows(message) => rows_from(&message).expect("they have their form").1,
        other => panic!("rows come next, not {other:?}"),
    }
}

async fn answer(stream: &Stream, head: PeerHead) {
    stream.send(from_till::Message::Held(v1::Heads { heads: vec![head_to(&head)] })).await;
}

fn head(till: &Till) -> PeerHead {
    let last = till.rows.last().expect("rows");
    PeerHead { log: last.log, seq: last.seq, hash: last.hash }
}

/// Five groups of one order: of the second and the fourth a row is damaged.
struct Damaged {
    till: Till,
    /// The last row of each group.
    ends: Vec<u64>,
}

impl Damaged {
    async fn new(office: &Office) -> Self {
        let mut till = office.till(1).await;
        till.run(order_id(1), &create(order_id(1), "B-001", 1));
        let mut ends = vec![till.head_seq()];
        till.run(order_id(1), &OrderCommand::Send);
        ends.push(till.head_seq());
        for number in 2..=4 {
            till.run(order_id(number), &create(order_id(number), &format!("B-00{number}"), 2));
            ends.push(till.head_seq());
        }
        Damaged { till, ends }
    }

    fn is_damaged(&self, seq: u64) -> bool {
        [self.ends[1], self.ends[2] + 1].contains(&seq)
    }

    /// What the till that lost two rows sends.
    fn with_stubs(&self) -> Vec<Item> {
        let mut items = self.till.items(0);
        for item in items.iter_mut().filter(|item| self.is_damaged(item.head().seq)) {
            let (log, head, reason) = (self.till.log(), item.head(), DamageReason::Hash);
            *item = Item::Stub(Stub { log, seq: head.seq, hash: head.hash, signature: head.signature, reason });
        }
        items
    }

    /// The groups that hold the damaged rows, and what is between them.
    fn groups(&self) -> Vec<Item> {
        let within = |item: &Item| item.head().seq > self.ends[0] && item.head().seq <= self.ends[3];
        self.till.items(0).into_iter().filter(within).collect()
    }
}

#[tokio::test]
async fn a_healed_row_comes_down_with_its_group_until_the_till_has_answered() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut damaged = Damaged::new(&office).await;
    let (other, healer) = (office.till(2).await, office.till(3).await);
    let author = attach(&channel, &token(&office, &damaged.till).await, &[]).await.expect("it attaches");
    let rows = rows_to(damaged.till.log(), &damaged.with_stubs(), String::new());
    author.send(from_till::Message::Rows(rows)).await;
    let other_token = token(&office, &other).await;
    let mut stream = attach(&channel, &other_token, &[]).await.expect("it attaches");
    let first = next(&mut stream).await;
    assert_eq!(first, damaged.with_stubs());
    answer(&stream, head(&damaged.till)).await;
    drop(author);
    // The shop's third till has the rows by another way.
    let healing = attach(&channel, &token(&office, &healer).await, &[head(&damaged.till)]).await.expect("it attaches");
    healing.send_rows(&damaged.till.rows).await;
    assert_eq!(next(&mut stream).await, damaged.groups(), "at once, whole groups, and no more of them");
    // It does not answer: it is sent them again, and so is the author, that was away.
    drop(stream);
    let mut stream = attach(&channel, &other_token, &[head(&damaged.till)]).await.expect("it attaches");
    assert_eq!(next(&mut stream).await, damaged.groups());
    answer(&stream, head(&damaged.till)).await;
    let author_token = token(&office, &damaged.till).await;
    let mut author = attach(&channel, &author_token, &[head(&damaged.till)]).await.expect("it attaches");
    assert_eq!(next(&mut author).await, damaged.groups());
    answer(&author, head(&damaged.till)).await;
    // Nothing else comes over these streams or the next one, but what is new.
    let before = damaged.till.head_seq();
    damaged.till.run(order_id(1), &pay(1, 1_000));
    let new: Vec<Row> = damaged.till.rows.iter().filter(|row| row.seq > before).cloned().collect();
    healing.send_rows(&new).await;
    let is_new = |items: Vec<Item>| items.first().is_some_and(|item| item.head().seq == before + 1);
    assert!(is_new(next(&mut stream).await));
    assert!(is_new(next(&mut author).await));
    drop((stream, author));
    let mut stream = attach(&channel, &other_token, &[head(&damaged.till)]).await.expect("it attaches");
    let after = damaged.till.head_seq();
    damaged.till.run(order_id(2), &OrderCommand::Send);
    let new: Vec<Row> = damaged.till.rows.iter().filter(|row| row.seq > after).cloned().collect();
    healing.send_rows(&new).await;
    assert_eq!(next(&mut stream).await.first().map(|item| item.head().seq), Some(after + 1));
    service.stop().await;
}

#[tokio::test]
async fn a_till_that_never_held_the_stub_gets_the_row_in_its_place() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let damaged = Damaged::new(&office).await;
    let source = damaged.till.source(office.key.public());
    office.take(&[crate::till::batch(source, damaged.with_stubs())]).await.remove(0);
    office.bring(&damaged.till, 0).await;
    let other = office.till(2).await;
    let mut stream = attach(&channel, &token(&office, &other).await, &[]).await.expect("it attaches");
    assert_eq!(next(&mut stream).await, damaged.till.items(0));
    service.stop().await;
}

#[tokio::test]
async fn what_healed_long_ago_is_told_no_more() {
    let office = Office::open().await;
    let damaged = Damaged::new(&office).await;
    let source = damaged.till.source(office.key.public());
    office.take(&[crate::till::batch(source, damaged.with_stubs())]).await.remove(0);
    office.bring(&damaged.till, 0).await;
    assert_eq!(office.count("healed_rows").await, 2);
    office.bring(&damaged.till, 0).await;
    assert_eq!(office.count("healed_rows").await, 2, "a repeat heals nothing");
    let old = "UPDATE central.healed_rows SET healed_at = now() - interval '401 days'";
    sqlx::query(old).execute(&office.owner).await.expect("it is old");
    let mut next = office.till(2).await;
    next.run(order_id(9), &create(order_id(9), "C-001", 1));
    let mut items = next.items(0);
    let last = items.last_mut().expect("rows");
    let (log, head, reason) = (next.log(), last.head(), DamageReason::Hash);
    *last = Item::Stub(Stub { log, seq: head.seq, hash: head.hash, signature: head.signature, reason });
    office.take(&[crate::till::batch(next.source(office.key.public()), items)]).await.remove(0);
    office.bring(&next, 0).await;
    assert_eq!(office.count("healed_rows").await, 1, "the new one");
}
