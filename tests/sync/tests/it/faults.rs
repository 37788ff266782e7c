//! Parts that die at the worst moment. After each: nothing lost, nothing doubled, nothing stuck.

use docket_circle::line::Line;
use docket_circle::reorder::Reordering;
use docket_circle::{Office, Role, Till, until};

fn one_till(office: &Office) -> Till {
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    until("the first rows are there", || office.holds_all_of(&till));
    till
}

#[test]
fn head_office_is_killed_again_and_again_while_rows_come_in() {
    let mut office = Office::whole();
    let till = one_till(&office);
    for _ in 0..5 {
        till.sell(10);
        office.kill(Role::Serve);
        till.sell(3);
        office.start(Role::Serve);
    }
    office.is_whole(&[&till], 65);
}

#[test]
fn postgresql_is_restarted_while_rows_come_in() {
    let mut office = Office::whole();
    let till = one_till(&office);
    for _ in 0..3 {
        till.sell(8);
        office.postgres.restart();
        till.sell(8);
    }
    office.is_whole(&[&till], 48);
}

#[test]
fn a_till_is_killed_again_and_again_while_it_sends() {
    let office = Office::whole();
    let mut till = one_till(&office);
    for _ in 0..5 {
        till.sell(10);
        till.kill();
        till.start();
    }
    office.is_whole(&[&till], 50);
}

#[test]
fn an_older_copy_of_a_till_is_restored_and_nothing_that_head_office_holds_is_lost_or_stuck() {
    let office = Office::whole();
    let mut till = one_till(&office);
    till.sell(5);
    until("everything is at head office", || office.holds_all_of(&till));
    till.end();
    let copy = till.copy_store();
    till.start();
    till.sell(7);
    until("the later sales are at head office", || office.holds_all_of(&till));
    let before = office.rows();
    till.end();
    till.restore_store(&copy);
    till.start();
    till.sell(4);
    until("what is sold after it is at head office", || office.holds_all_of(&till));
    assert!(before.is_subset(&office.rows()), "what was there stays");
    office.is_whole(&[&till], 16);
}

#[test]
fn head_office_is_restored_from_an_older_copy_and_the_till_sends_again() {
    let mut office = Office::whole();
    let till = one_till(&office);
    till.sell(10);
    until("everything is at head office", || office.holds_all_of(&till));
    office.kill(Role::Serve);
    // What an older copy of the database lacks: the last rows, with all that followed from them.
    office.ask("DELETE FROM central.log_rows WHERE seq > 20", |_| ());
    office.ask("DELETE FROM central.orders", |_| ());
    office.ask("DELETE FROM central.outbox", |_| ());
    office.ask(
        "UPDATE central.log_heads h SET seq = r.seq, hash = r.hash, signature = r.signature FROM (SELECT DISTINCT ON (log_id) \
         log_id, seq, hash, signature FROM central.log_rows WHERE signature IS NOT NULL ORDER BY log_id, seq DESC) r \
         WHERE r.log_id = h.log_id",
        |_| (),
    );
    office.ask(
        "DELETE FROM central.log_rows r USING central.log_heads h WHERE h.log_id = r.log_id AND r.seq > h.seq",
        |_| (),
    );
    office.start(Role::Serve);
    until("everything is at head office again", || office.holds_all_of(&till));
}

#[test]
fn two_tills_of_one_store_deliver_at_once() {
    let office = Office::whole();
    let first = one_till(&office);
    let mut second = Till::demo();
    second.enrol(&office.address(), &office.code(None));
    std::thread::scope(|scope| {
        scope.spawn(|| first.sell(25));
        scope.spawn(|| second.sell(25));
    });
    office.is_whole(&[&first, &second], 50);
}

#[test]
fn an_expired_token_is_renewed_by_the_device_itself() {
    let mut office = Office::whole();
    let till = one_till(&office);
    office.kill(Role::Serve);
    office.ask("UPDATE central.devices SET token_expires_at = now() - interval '1 day'", |_| ());
    till.sell(3);
    office.start(Role::Serve);
    office.is_whole(&[&till], 3);
    let valid = office.count("SELECT count(*) FROM central.devices WHERE token_expires_at > now()");
    assert_eq!(valid, 1, "the token is a new one");
}

#[test]
fn a_full_disk_at_head_office_refuses_nothing_for_ever() {
    let office = Office::whole();
    let till = one_till(&office);
    // The answer that PostgreSQL gives when its disk is full, at the table that grows.
    office.ask(
        "CREATE FUNCTION public.no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION \
         'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
        |_| (),
    );
    office.ask("CREATE TRIGGER no_space BEFORE INSERT ON central.outbox EXECUTE FUNCTION public.no_space()", |_| ());
    till.sell(4);
    until("head office says that it can't store", || {
        let said = office.said(Role::Serve);
        if said.contains("No space left") { Ok(()) } else { Err(said) }
    });
    assert!(till.waiting() > 0, "nothing counts as delivered");
    office.ask("DROP TRIGGER no_space ON central.outbox", |_| ());
    office.is_whole(&[&till], 4);
}

#[test]
fn tills_whose_clocks_are_wrong_by_years_deliver_like_any_other() {
    let office = Office::whole();
    let mut tills = Vec::new();
    for clock in ["-3y", "+3y"] {
        let mut till = Till::with_clock(Some(clock));
        till.enrol(&office.address(), &office.code(None));
        till.sell(3);
        tills.push(till);
    }
    office.is_whole(&tills.iter().collect::<Vec<_>>(), 6);
    let ahead = office.count("SELECT count(*) FROM central.devices WHERE clock_ahead_ms > 60000");
    assert_eq!(ahead, 1, "the one that runs ahead is flagged");
}

#[test]
fn a_till_whose_witness_was_put_back_too_gets_its_lost_sales_back() {
    let office = Office::whole();
    let mut till = one_till(&office);
    till.sell(2);
    until("everything is at head office", || office.holds_all_of(&till));
    till.end();
    let copy = till.copy_machine();
    till.start();
    let lost = till.sell(3);
    until("the later sales are at head office", || office.holds_all_of(&till));
    till.end();
    till.restore_machine(&copy);
    till.start();
    until("the lost sales are at the till again", || {
        let missing = lost.iter().filter(|order| till.query("order", &format!("?order_id={order}")).is_err()).count();
        if missing == 0 { Ok(()) } else { Err(format!("{missing} of 3 missing")) }
    });
    till.sell(2);
    office.is_whole(&[&till], 7);
    let receipts = "SELECT count(*) FROM (SELECT convert_from(payload, 'UTF8')::jsonb->'receipt'->>'series' AS series, \
                    convert_from(payload, 'UTF8')::jsonb->'receipt'->>'number' AS number FROM central.log_rows \
                    WHERE event_type = 'order.cash_paid' GROUP BY 1, 2 HAVING count(*) > 1) AS twice";
    assert_eq!(office.count(receipts), 0, "no receipt number is there twice");
}

#[test]
fn two_tills_of_one_store_see_each_other_through_head_office() {
    let office = Office::whole();
    let first = one_till(&office);
    let mut second = Till::unused();
    second.join(&office.address(), &office.code(Some(&first.store_id())));
    let sold = first.sell(3);
    until("the second till holds what the first one sold", || {
        let (first, second) = (first.rows(), second.rows());
        let missing = first.difference(&second).count();
        if missing == 0 { Ok(()) } else { Err(format!("{missing} rows missing")) }
    });
    let table = first.order(1);
    until(
        "an open order of the first is there",
        || {
            if second.holds(&table) { Ok(()) } else { Err("not yet".to_owned()) }
        },
    );
    assert!(sold.iter().all(|order| second.holds(order)));
    // It sells the shop that came down, under numbers of its own.
    let sold = second.sell(2);
    until("the first till holds what the second one sold", || {
        let missing = sold.iter().filter(|order| !first.holds(order)).count();
        if missing == 0 { Ok(()) } else { Err(format!("{missing} orders missing")) }
    });
    office.is_whole(&[&first, &second], 5);
}

#[test]
fn answers_that_are_lost_make_the_till_send_again_and_nothing_is_there_twice() {
    let office = Office::whole();
    let line = Line::to(&office.address());
    let mut till = Till::demo();
    till.enrol(&line.address(), &office.code(None));
    until("the first rows are there", || office.holds_all_of(&till));
    line.is_deaf(true);
    till.sell(6);
    until("answers are lost, again and again", || if line.lost() > 2 { Ok(()) } else { Err(line.lost().to_string()) });
    assert!(till.waiting() > 0, "what was not heard to be held waits");
    line.is_deaf(false);
    office.is_whole(&[&till], 6);
}

#[test]
fn batches_that_overtake_each_other_are_put_in_their_places() {
    let mut office = Office::whole();
    let line = Reordering::to(&office.address());
    let mut till = Till::demo();
    till.enrol(&line.address(), &office.code(None));
    until("the first rows are there", || office.holds_all_of(&till));
    // Small batches, one after the other, and then full ones, several at once.
    till.sell(10);
    until("small batches are there", || office.holds_all_of(&till));
    let small = line.overtaken();
    assert!(small > 1, "{small} batches were overtaken");
    office.kill(Role::Serve);
    till.sell(90);
    office.start(Role::Serve);
    until("full batches are there", || office.holds_all_of(&till));
    let full = line.overtaken() - small;
    assert!(full > 0, "{full} batches were overtaken");
    assert!(till.said().contains("head office wants earlier rows"), "{}", till.said());
    office.is_whole(&[&till], 100);
}

#[test]
fn a_certificate_that_is_replaced_is_taken_by_the_tills_at_their_next_connection() {
    let mut office = Office::over_tls();
    office.start(Role::Serve);
    office.start_behind();
    let mut till = Till::demo();
    let both = office.certificate_and_next();
    till.enrol_over_tls(&office.address(), &both, &office.code(None));
    till.sell(2);
    until("the first sales are there", || office.holds_all_of(&till));
    office.replace_certificate();
    till.sell(2);
    till.kill();
    till.start();
    till.sell(2);
    // Who trusts only the new one is served: it is the one that is shown.
    let mut newer = Till::demo();
    newer.enrol_over_tls(&office.address(), office.certificate(), &office.code(None));
    newer.sell(1);
    office.is_whole(&[&till, &newer], 7);
}
