//! A sweep: each page of a store in turn is overwritten with zeros, and one byte of each is changed. Whatever it hits,
//! the till opens and sells, and either `verify` says what is wrong or every fact is there.

use std::collections::HashSet;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use docket_domain::ids::LogId;

use super::file::zero;
use super::kit::{Trade, lost, sell, verified};

const PAGE: u64 = 4096;

/// What the sweep came to.
#[derive(Debug, Default)]
struct Tally {
    pages: u64,
    named: u64,
    salvaged: u64,
    rows_lost: usize,
    unseen: Vec<String>,
}

/// Turns a bit of a byte that is in use: another one on every page, and for each `salt`.
fn turn(path: &Path, page: u64, salt: u64) {
    let mixed = (page + 1 + salt * 1_000).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    let mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(path).expect("the file");
    let begin = SeekFrom::Start((page - 1) * PAGE);
    let mut content = vec![0; 4096];
    file.seek(begin).and_then(|_| file.read_exact(&mut content)).expect("a page");
    let used: Vec<usize> = (0..content.len()).filter(|at| content[*at] != 0).collect();
    if let Some(at) = used.get((mixed >> 16) as usize % used.len().max(1)) {
        content[*at] ^= 1 << (mixed & 7);
    }
    file.seek(begin).and_then(|_| file.write_all(&content)).expect("a page");
}

async fn sweep(damage: impl Fn(&Path, u64)) -> Tally {
    let mut trade = Trade::done().await;
    let whole = trade.proven();
    let pages = std::fs::metadata(trade.database()).expect("the file").len() / PAGE;
    let mut tally = Tally { pages, ..Tally::default() };
    let given: HashSet<String> = trade.sales.iter().map(|sale| sale.receipt.clone()).collect();
    for page in 1..=pages {
        println!("page {page}");
        trade.put_back().await;
        damage(&trade.database(), page);
        let before = trade.shop.verify().faults;
        trade.shop.open().await.unwrap_or_else(|error| panic!("page {page}: the till does not open: {error:?}"));
        let sale = sell(&trade.shop).await;
        assert!(!given.contains(&sale.receipt), "page {page}: receipt {} came twice", sale.receipt);
        let told = trade.incidents().await;
        trade.shop.close().await;
        let mut after = trade.shop.verify().faults;
        if after.iter().any(|fault| fault.starts_with("the store's file")) {
            // Nothing that the till did has met the page; a verification by the till does, and has it salvaged.
            trade.shop.open().await.expect("opens");
            verified(&trade.shop).await;
            trade.shop.close().await;
            let again = trade.shop.verify().faults;
            assert!(!again.iter().any(|fault| fault.starts_with("the store's file")), "page {page}: {again:?}");
            after.extend(again);
            tally.salvaged += 1;
        }
        let gone: HashSet<(LogId, u64)> = lost(&whole, &trade.proven());
        let named = !before.is_empty() || !after.is_empty();
        tally.named += u64::from(named);
        tally.salvaged += u64::from(told.iter().any(|text| text.contains("The store's file was damaged")));
        tally.rows_lost += gone.len();
        if !gone.is_empty() {
            let said = [before, after, told].concat().join("\n");
            let nameless: Vec<_> = gone.iter().filter(|(log, _)| !said.contains(&log.to_string())).collect();
            assert!(nameless.is_empty(), "page {page}: {nameless:?} are gone and nobody says so: {said}");
        } else if !named {
            tally.unseen.push(format!("{page}"));
        }
    }
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_page_is_lost_the_till_sells_on_and_the_loss_is_named() {
    let tally = sweep(zero).await;
    println!("a page of zeros in turn: {tally:?}");
    assert!(tally.pages >= 60 && tally.named > tally.pages / 2, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_bit_is_turned_the_till_sells_on_and_a_changed_fact_is_named() {
    // `DOCKET_DAMAGE_SALT` sweeps other bits than the suite does.
    let salt = std::env::var("DOCKET_DAMAGE_SALT").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let tally = sweep(|path, page| turn(path, page, salt)).await;
    println!("one bit of each page in turn: {tally:?}");
    assert!(tally.pages >= 60, "{tally:?}");
}
