//! Order numbers of tills that carry one letter, and what else of an order follows from its store.

use docket_domain::order::OrderCommand;

use crate::office::Office;
use crate::till::{Till, create, order_id};

/// Two tills that both carry the letter B, each with an order B-001.
async fn two_with_one_letter(office: &Office) -> (Till, Till) {
    let (mut one, mut two) = (office.till(1).await, office.till(2).await);
    let mut tills = [&mut one, &mut two];
    for (till, number) in tills.iter_mut().zip([1, 2]) {
        till.letter = "B".into();
        till.open();
        till.run(order_id(number), &create(order_id(number), "B-001", 1));
        till.run(order_id(number), &OrderCommand::Send);
    }
    (one, two)
}

/// Who carried the letter first, by clock and then hash, as `docket_log::letters` says.
fn first_of(one: &Till, two: &Till) -> u32 {
    let at = |till: &Till| (till.rows[0].clock, till.rows[0].hash.0);
    if at(one) < at(two) { 1 } else { 2 }
}

async fn labels(office: &Office) -> [Option<String>; 2] {
    [office.order(order_id(1)).await.label, office.order(order_id(2)).await.label]
}

#[tokio::test]
async fn of_two_tills_with_one_letter_the_later_ones_numbers_get_a_mark_whichever_comes_first() {
    for turned in [false, true] {
        let office = Office::open().await;
        let (one, two) = two_with_one_letter(&office).await;
        let (earlier, later) = if turned { (&two, &one) } else { (&one, &two) };
        office.bring(earlier, 0).await;
        let plain = Some("B-001".to_owned());
        assert_eq!(office.order(order_id(u32::from(earlier.number))).await.label, plain, "nobody else has it");
        office.bring(later, 0).await;
        let marked = Some("B-001/2".to_owned());
        let wanted = if first_of(&one, &two) == 1 { [plain.clone(), marked] } else { [marked, plain.clone()] };
        assert_eq!(labels(&office).await, wanted, "turned: {turned}");
        // What was told with the plain number is told with the mark.
        let told = "SELECT count(*) FROM central.orders WHERE told LIKE '%\"label\":\"B-001/2\"%'";
        let told: i64 = sqlx::query_scalar(told).fetch_one(&office.owner).await.expect("it counts");
        assert_eq!(told, 1);
        // Facts that come later find it so.
        let mut later = later.clone();
        let id = order_id(u32::from(later.number) + 10);
        let before = later.head_seq();
        later.run(id, &create(id, "B-002", 1));
        office.bring(&later, before).await;
        let is_first = first_of(&one, &two) == u32::from(later.number);
        let label = if is_first { "B-002" } else { "B-002/2" };
        assert_eq!(office.order(id).await.label.as_deref(), Some(label));
    }
}

#[tokio::test]
async fn letters_that_a_program_from_before_did_not_note_are_read_from_their_rows() {
    let office = Office::open().await;
    let (one, two) = two_with_one_letter(&office).await;
    office.bring(&one, 0).await;
    let forgotten = "UPDATE central.logs SET letter = NULL, opened_clock = NULL, opened_hash = NULL";
    sqlx::query(forgotten).execute(&office.owner).await.expect("it runs");
    office.bring(&two, 0).await;
    let mut found = labels(&office).await;
    found.sort();
    assert_eq!(found, [Some("B-001".to_owned()), Some("B-001/2".to_owned())]);
}

#[tokio::test]
async fn a_message_carries_the_offset_of_its_stores_clock() {
    let office = Office::open().await;
    sqlx::query("UPDATE central.stores SET time_zone = 'Asia/Kathmandu'").execute(&office.owner).await.expect("set up");
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &OrderCommand::Send);
    office.bring(&till, 0).await;
    let body: Vec<u8> =
        sqlx::query_scalar("SELECT body FROM central.outbox").fetch_one(&office.owner).await.expect("a message");
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(body["utc_offset_minutes"], 345);
    till.run(order_id(1), &docket_testkit::samples::start_all());
    let after = till.head_seq() - 1;
    office.bring(&till, after).await;
    let offsets =
        "SELECT count(*) FROM central.outbox WHERE convert_from(body, 'UTF8') LIKE '%\"utc_offset_minutes\":345%'";
    let offsets: i64 = sqlx::query_scalar(offsets).fetch_one(&office.owner).await.expect("it counts");
    assert_eq!(offsets, office.count("outbox").await, "each message that follows as well");
}
