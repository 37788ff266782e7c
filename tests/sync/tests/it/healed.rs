//! Rows that head office had as stubs, and has now.

use docket_circle::{Office, Role, Till, until};

/// Takes payments out of head office's rows, as a till sends them whose file was damaged there.
const DAMAGE: &str = "UPDATE central.log_rows SET stub_reason = 'hash', event_id = NULL, stream_kind = NULL, \
     stream_id = NULL, seen = NULL, event_type = NULL, schema_version = NULL, payload = NULL, actor = NULL, \
     correlation_id = NULL, causation_id = NULL, clock = NULL, wall_time_ms = NULL, business_day = NULL \
     WHERE event_type = 'order.cash_paid'";
/// Puts them back, as the rows do when they come by another device.
const HEAL: &str = "UPDATE central.log_rows r SET stub_reason = NULL, event_id = k.event_id, stream_kind = k.stream_kind, \
     stream_id = k.stream_id, seen = k.seen, event_type = k.event_type, schema_version = k.schema_version, \
     payload = k.payload, actor = k.actor, correlation_id = k.correlation_id, causation_id = k.causation_id, \
     clock = k.clock, wall_time_ms = k.wall_time_ms, business_day = k.business_day \
     FROM public.kept k WHERE r.log_id = k.log_id AND r.branch = k.branch AND r.seq = k.seq";

fn stubs(till: &Till) -> i64 {
    let store = rusqlite::Connection::open(till.data().join("store.db")).expect("the store opens");
    store.query_row("SELECT count(*) FROM stubs", [], |row| row.get(0)).expect("the stubs are counted")
}

#[test]
fn a_stub_that_healed_at_head_office_heals_at_a_till_that_was_away() {
    let mut office = Office::open();
    office.start(Role::Serve);
    let mut first = Till::demo();
    first.enrol(&office.address(), &office.code(None));
    let sold = first.sell(3);
    until("everything is at head office", || office.holds_all_of(&first));
    office
        .ask("CREATE TABLE public.kept AS SELECT * FROM central.log_rows WHERE event_type = 'order.cash_paid'", |_| ());
    office.ask(DAMAGE, |_| ());
    let mut second = Till::unused();
    second.join(&office.address(), &office.code(Some(&first.store_id())));
    until("the second till has what head office has", || {
        let found = stubs(&second);
        if found == 3 { Ok(()) } else { Err(format!("{found} stubs")) }
    });
    let view = second.query("order", &format!("?order_id={}", sold[0])).expect("it is shown");
    assert_ne!(view["status"], "completed", "nobody has paid for it there");
    second.end();
    office.ask(HEAL, |_| ());
    second.start();
    until("the second till shows what the first one shows", || {
        let sums = [first.verified()?, second.verified()?];
        if sums[0] == sums[1] { Ok(()) } else { Err(format!("{sums:?}, {} stubs", stubs(&second))) }
    });
    assert_eq!(stubs(&second), 0);
    until("each till has said that it holds them", || {
        let left = office.count("SELECT count(*) FROM central.healed_rows WHERE cardinality(taken) < 2");
        if left == 0 { Ok(()) } else { Err(format!("{left} left")) }
    });
    second.end();
    second.tool("rebuild", &[]).expect("a rebuild changes nothing");
}
