//! What an acknowledgement means to histories of one log that share the row which it names.

use docket_log::replication::{Act, Branch, BranchHead, Peer, PeerHead, Raised, Uplink};
use docket_log::{Hash, Head, LogId};

const LOG: LogId = LogId([1; 16]);

fn hash(of: u8, seq: u64) -> Hash {
    let mut bytes = [of; 32];
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    Hash(bytes)
}

#[test]
fn an_acknowledgement_of_a_row_that_two_histories_share_counts_for_both() {
    let mut engine = Uplink::new(Peer::Central, 4);
    let end = |of: u8, seq| BranchHead { head: Head { seq, hash: hash(of, seq), signature: None }, shared: 4 };
    for (branch, tail) in [(0, end(1, 6)), (1, end(2, 10)), (2, end(3, 12))] {
        engine.restore(LOG, Branch(branch), tail, 0);
    }
    // The two further histories left the first one together behind row 4, and part behind row 10.
    let rows = |_: LogId, branch: Branch, seq: u64| {
        let of = match (branch.0, seq) {
            (0, _) | (_, ..=4) => 1,
            (_, ..=10) => 2,
            _ => 3,
        };
        Some(hash(of, seq))
    };
    engine.tick(0, 0);
    assert_eq!(engine.next_act(), Some(Act::Connect));
    engine.connected(0);
    assert!(matches!(engine.next_act(), Some(Act::Hello(_))));
    engine.hello(&[], 0, &rows);
    while let Some(Act::Send(range)) = engine.next_act() {
        engine.sent(range.log, range.branch, range.last, 0);
    }
    assert!(engine.acked(&[PeerHead { log: LOG, seq: 10, hash: hash(2, 10) }], 1, &rows).is_empty());
    let raised: Vec<Act> = std::iter::from_fn(|| engine.next_act()).collect();
    let of = |branch| Act::Raise(Raised { log: LOG, branch: Branch(branch), seq: 10 });
    assert!(raised.contains(&of(1)) && raised.contains(&of(2)), "{raised:?}");
}
