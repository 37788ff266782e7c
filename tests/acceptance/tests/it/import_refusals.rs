//! What an import refuses: each row by name, with its rule, while everything before it and every other log stays.

use docket_acceptance::{Order, Peer, Shop, fresh, lines};
use docket_contracts::view::OrderStatus;
use docket_domain::order::OrderEvent;
use docket_domain::order::event::{LinesFired, Opened, Placed, TableSet};
use docket_domain::order::line::OrderType;
use docket_log::wire::{row_line, stub_line};
use docket_log::{DamageReason, Row, Stub};
use docket_terminal::import::ImportReport;
use serde_json::{Value, json};

use crate::peers::terms;

/// A peer's log of six rows: its opening, an order that is opened and placed, a group of two rows, a last row.
fn six_rows(shop: &Shop) -> (Peer, Order) {
    let mut peer = Peer::of(shop, 41, "P");
    let order = Order { id: fresh(), lines: Vec::new() };
    let opened = Opened { label: "P-001".into(), order_type: OrderType::Counter, terms: terms() };
    peer.write(order.id, &OrderEvent::Opened(opened), None);
    peer.write(order.id, &OrderEvent::Placed(Placed {}), None);
    let table = |name: &str| OrderEvent::TableSet(TableSet { table: Some(name.into()) });
    peer.write_group(order.id, &[table("1"), table("2")]);
    peer.write(order.id, &table("3"), None);
    (peer, order)
}

/// Takes a report's refusals as (seq, rule).
fn refusals(report: &ImportReport) -> Vec<(Option<u64>, &str)> {
    report.refused.iter().map(|refused| (refused.seq, refused.rule.as_str())).collect()
}

async fn sound(shop: &Shop) {
    assert!(shop.verify().faults.is_empty(), "{:?}", shop.verify().faults);
    let rebuilt = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!(rebuilt.before, rebuilt.after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_another_shop_is_refused_whole_and_those_of_this_shop_go_on() {
    let shop = Shop::demo().await;
    let other = Shop::set_up("EUR", None).await;
    let stranger = other.exported();
    let (peer, order) = six_rows(&shop);
    let report = shop.take_in(&(stranger + &peer.export())).await;
    assert_eq!((report.stored, report.logs_new), (6, 1), "{report:?}");
    assert!(!report.refused.is_empty());
    for refused in &report.refused {
        assert_eq!(refused.rule, "store: this log belongs to another shop");
    }
    assert_eq!(shop.view(&order).await["table"], "3");
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_row_is_named_what_came_before_it_stays_and_what_follows_waits() {
    let shop = Shop::demo().await;
    let (peer, order) = six_rows(&shop);
    let mut rows = peer.rows().to_vec();
    rows[3].payload = rows[3].payload.replace('1', "8");
    let report = shop.take_in(&lines(&rows)).await;
    assert_eq!((report.rows, report.stored, report.refused_count, report.waiting), (6, 3, 3, 2));
    assert_eq!(
        refusals(&report),
        [(Some(4), "hash: not that of the row's columns behind the row before it"), (Some(5), "seq: row 4 is due"),]
    );
    assert_eq!(report.refused[1].last, Some(6));
    assert_eq!(
        (shop.view(&order).await["status"].clone(), shop.view(&order).await["table"].clone()),
        (json!("pending"), Value::Null)
    );
    sound(&shop).await;
    // The right rows heal what is missing.
    let report = shop.take_in(&peer.export()).await;
    assert_eq!((report.stored, report.held, report.refused_count), (3, 3, 0));
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_of_another_key_is_refused_with_its_group() {
    let shop = Shop::demo().await;
    let (peer, _) = six_rows(&shop);
    let mut rows = peer.rows().to_vec();
    rows[4].signature = rows[5].signature;
    let report = shop.take_in(&lines(&rows)).await;
    assert_eq!(report.stored, 3, "{report:?}");
    assert!(
        refusals(&report).contains(&(Some(5), "signature: not made by the key of this log for this hash")),
        "{report:?}"
    );
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_held_is_not_replaced_by_one_with_other_columns_and_its_hash() {
    let shop = Shop::demo().await;
    let (peer, order) = six_rows(&shop);
    shop.take_in(&peer.export()).await;
    let mut forged = peer.rows().to_vec();
    forged[5].payload = forged[5].payload.replace('3', "9");
    let report = shop.take_in(&lines(&forged)).await;
    assert_eq!((report.stored, report.held, report.refused_count), (0, 5, 1), "{report:?}");
    assert_eq!(report.refused[0].seq, Some(6));
    assert_eq!(shop.view(&order).await["table"], "3");
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_their_groups_signature_and_a_torn_line_are_never_kept() {
    let shop = Shop::demo().await;
    let (peer, order) = six_rows(&shop);
    let whole = lines(&peer.rows()[..4]);
    let report = shop.take_in(&whole).await;
    assert_eq!((report.stored, report.refused_count), (3, 1));
    assert_eq!(refusals(&report), [(Some(4), "signature: the rows end inside a group, which is never kept")]);
    let export = peer.export();
    let report = shop.take_in(&export[..export.len() - 40]).await;
    assert_eq!((report.stored, report.held), (2, 3), "{report:?}");
    assert_eq!(report.refused[0].line, Some(6));
    assert_eq!(shop.view(&order).await["table"], "2");
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_no_rows_are_named_by_their_number_and_cost_nothing_else() {
    let shop = Shop::demo().await;
    let (peer, _) = six_rows(&shop);
    let long = "x".repeat(4 * 1024 * 1024);
    let false_document = r#"{"kind":"document","hash":"00","body":"AAAA"}"#;
    let file = format!("not json\n{{}}\n[1]\n\n{long}\n{false_document}\n{}\u{7f}\n", peer.export());
    let report = shop.take_in(&file).await;
    assert_eq!((report.stored, report.refused_count), (6, 6), "{report:?}");
    let places: Vec<Option<u64>> = report.refused.iter().map(|refused| refused.line).collect();
    assert_eq!(places, [1, 2, 3, 5, 6, 13].map(Some));
    assert!(report.refused.iter().all(|refused| !refused.rule.is_empty() && refused.rule.len() < 200), "{report:?}");
    let bytes: &[u8] = b"\xff\xfe\n{\"kind\":\"row\"}\n";
    let report = shop.till().import_log(bytes).await.expect("taken");
    assert_eq!((report.refused_count, report.stored), (2, 0));
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_behind_a_gap_are_refused_with_the_row_that_is_due() {
    let shop = Shop::demo().await;
    let (peer, _) = six_rows(&shop);
    let report = shop.take_in(&lines(&peer.rows()[2..])).await;
    assert_eq!((report.stored, report.waiting), (0, 4));
    assert_eq!(refusals(&report), [(Some(3), "seq: row 1 is due, which opens the log")]);
    shop.take_in(&lines(&peer.rows()[..2])).await;
    let report = shop.take_in(&lines(&peer.rows()[5..])).await;
    assert_eq!(refusals(&report), [(Some(6), "seq: row 3 is due")]);
    let report = shop.take_in(&lines(&peer.rows()[2..])).await;
    assert_eq!((report.stored, report.refused_count), (4, 0));
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_of_a_type_that_only_a_newer_program_knows_is_kept_and_passed_on() {
    let shop = Shop::demo().await;
    let (mut peer, order) = six_rows(&shop);
    peer.write_unknown(order.id);
    let report = shop.take_in(&peer.export()).await;
    assert_eq!((report.stored, report.refused_count), (7, 0));
    assert_eq!(shop.view(&order).await["update_needed"], true);
    assert!(shop.exported().contains("order.blessed"));
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_an_order_that_is_not_opened_yet_wait_and_count_when_it_is() {
    let shop = Shop::demo().await;
    let mut peer = Peer::of(&shop, 42, "P");
    let order = Order { id: fresh(), lines: vec![fresh()] };
    peer.write(order.id, &OrderEvent::TableSet(TableSet { table: Some("12".into()) }), None);
    let report = shop.take_in(&peer.export()).await;
    assert_eq!((report.stored, report.refused_count), (2, 0));
    let line = shop.line("Espresso").await;
    shop.must("create_order", order.with(json!({ "order_type": "counter", "lines": [line] }))).await;
    let view = shop.view(&order).await;
    assert_eq!((&view["table"], &view["status"]), (&json!("12"), &json!("draft")));
    assert!(view["version"].as_str().expect("a version").starts_with("3-"), "{view}");
    sound(&shop).await;
}

fn stub_of(row: &Row) -> Stub {
    Stub { log: row.log, seq: row.seq, hash: row.hash, signature: row.signature, reason: DamageReason::Hash }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stub_holds_the_chain_together_until_a_peer_gives_the_row() {
    let shop = Shop::demo().await;
    let (peer, order) = six_rows(&shop);
    let rows = peer.rows();
    let mut export = lines(&rows[..4]);
    export.push_str(&(stub_line(&stub_of(&rows[4])) + "\n"));
    export.push_str(&(row_line(&rows[5]) + "\n"));
    let report = shop.take_in(&export).await;
    assert_eq!((report.stored, report.stubs, report.refused_count), (5, 1, 0), "{report:?}");
    assert_eq!(shop.view(&order).await["table"], "3");
    assert!(shop.exported().contains(&stub_line(&stub_of(&rows[4]))));
    let third = Shop::joined(&[&shop.exported()]).await;
    assert_eq!(third.summary(), shop.summary());

    let report = shop.take_in(&peer.export()).await;
    assert_eq!((report.stored, report.healed, report.held), (1, 1, 5), "{report:?}");
    assert_eq!(shop.facts(&order).await.len(), 5);
    assert!(!shop.exported().contains("\"kind\":\"stub\""));
    sound(&shop).await;
    // A stub never takes the place of a row.
    assert_eq!(shop.take_in(&export).await.stored, 0);
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stub_that_lies_is_found_out_by_the_row_behind_it() {
    let shop = Shop::demo().await;
    let (peer, _) = six_rows(&shop);
    let rows = peer.rows();
    let mut stub = stub_of(&rows[2]);
    stub.hash = rows[1].hash;
    stub.signature = None;
    let export = lines(&rows[..2]) + &stub_line(&stub) + "\n" + &lines(&rows[3..]);
    let report = shop.take_in(&export).await;
    assert_eq!((report.stored, report.stubs), (2, 0), "{report:?}");
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_runs_ahead_is_stored_and_flagged_and_never_taken_over() {
    let shop = Shop::demo().await;
    let (mut peer, order) = six_rows(&shop);
    let year_3000_ms = 32_503_680_000_000;
    peer.set_clock(year_3000_ms);
    peer.write(order.id, &OrderEvent::LinesFired(LinesFired { fired: Vec::new() }), None);
    let report = shop.take_in(&peer.export()).await;
    assert_eq!((report.stored, report.clocks_ahead.len()), (7, 1));
    assert!(report.clocks_ahead[0].ahead_ms > 60_000);
    shop.at(OrderStatus::Draft).await;
    let clock: i64 = shop.on_disk(|store| {
        let sql = "SELECT max(clock) FROM events JOIN logs USING (log_id) WHERE own = 1";
        store.query_row(sql, [], |row| row.get(0)).expect("a clock")
    });
    assert!(clock >> 16 < year_3000_ms);
    let incidents = shop.ask("status", json!({})).await["incidents"].clone();
    assert!(incidents.to_string().contains("clock_ahead"), "{incidents}");
    sound(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_fails_leaves_what_was_read_and_the_rest_comes_with_the_next_try() {
    struct Breaks<'a>(&'a [u8]);
    impl std::io::Read for Breaks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Err(std::io::Error::other("the stick was pulled"));
            }
            std::io::Read::read(&mut self.0, buffer)
        }
    }
    let shop = Shop::demo().await;
    let (peer, order) = six_rows(&shop);
    let part = lines(&peer.rows()[..3]);
    let error = shop.till().import_log(std::io::BufReader::new(Breaks(part.as_bytes()))).await;
    assert_eq!(error.map_err(|error| error.field), Err("FILE".to_owned()));
    let report = shop.take_in(&peer.export()).await;
    assert_eq!((report.rows, report.refused_count), (6, 0));
    assert_eq!(shop.view(&order).await["table"], "3");
    sound(&shop).await;
}
