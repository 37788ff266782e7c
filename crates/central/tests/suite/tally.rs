//! What a device says that it holds of a day.

use docket_sync::v1::{self, from_till};
use sqlx::Row as _;

use crate::attach::{Service, attach, token};
use crate::office::Office;

const DAY: i32 = 20_261_121;

fn log(id: u8, rows: u64) -> v1::LogTally {
    let sum = u8::try_from(rows).expect("few");
    v1::LogTally { log_id: vec![id; 16].into(), rows, hash_sum: vec![sum; 32].into() }
}

fn tally(logs: Vec<v1::LogTally>) -> from_till::Message {
    let store_id = Default::default();
    let (captured_minor, refunded_minor, currency) = (700, 20, "EUR".to_owned());
    from_till::Message::Tally(v1::Tally { business_day: DAY, logs, captured_minor, refunded_minor, currency, store_id })
}

#[tokio::test]
async fn a_log_with_two_histories_is_told_once_for_each_and_the_last_word_counts() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let till = office.till(1).await;
    let stream = attach(&service.channel().await, &token(&office, &till).await, &[]).await.expect("it attaches");
    let told = async || {
        let sql =
            "SELECT log_id, rows, captured_minor, further_rows, further_sums FROM central.tallies ORDER BY log_id";
        let rows = sqlx::query(sql).fetch_all(&office.owner).await.expect("it reads");
        let read = |row: &sqlx::postgres::PgRow| {
            let further: Vec<i64> = row.get("further_rows");
            let sums: Vec<Vec<u8>> = row.get("further_sums");
            assert!(further.iter().zip(&sums).all(|(rows, sum)| i64::from(sum[0]) == *rows), "each with its sum");
            (
                row.get::<Vec<u8>, _>("log_id")[0],
                row.get::<i64, _>("rows"),
                row.get::<i64, _>("captured_minor"),
                further,
            )
        };
        rows.iter().map(read).collect::<Vec<_>>()
    };
    let becomes = async |wanted: Vec<(u8, i64, i64, Vec<i64>)>| {
        for _ in 0..1_000 {
            if told().await == wanted {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{:?} is not {wanted:?}", told().await);
    };
    stream.send(tally(vec![log(7, 9), log(5, 3), log(7, 6), log(7, 4)])).await;
    becomes(vec![(5, 3, 700, vec![]), (7, 9, 0, vec![6, 4])]).await;
    stream.send(tally(vec![log(5, 4), log(7, 9)])).await;
    becomes(vec![(5, 4, 700, vec![]), (7, 9, 0, vec![])]).await;
    service.stop().await;
}
