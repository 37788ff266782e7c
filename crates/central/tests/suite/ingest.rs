use docket_central::ingest::Verdict;
use docket_domain::order::OrderCommand;
use docket_domain::shop::{DocumentKind, DocumentPublished, SetUp, ShopEvent};
use docket_log::replication::PeerHead;
use docket_log::{DamageReason, DeviceClass, Hash, Stub};
use docket_sync::Item;
use docket_testkit::samples::{pay, start_all};
use sqlx::Row as _;

use crate::office::Office;
use crate::till::{Till, batch, create, groups, order_id};

fn head(till: &Till) -> Option<PeerHead> {
    let last = till.rows.last().expect("it has rows");
    Some(PeerHead { log: last.log, seq: last.seq, hash: last.hash })
}

fn refused(verdict: &Verdict) -> (u64, &str) {
    let refusal = verdict.refused.as_ref().expect("it is refused");
    assert_eq!(verdict.held, None);
    (refusal.seq, &refusal.rule)
}

#[tokio::test]
async fn rows_that_continue_the_head_are_stored_byte_for_byte_and_answered_with_the_head() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 2));
    assert_eq!(office.bring(&till, 0).await.held, head(&till));
    let before = till.head_seq();
    till.run(order_id(1), &OrderCommand::Send);
    till.run(order_id(1), &pay(1, 1_000));
    assert_eq!(office.bring(&till, before).await.held, head(&till));
    let stored = sqlx::query("SELECT seq, payload, hash, seen, event_type FROM central.log_rows ORDER BY seq")
        .fetch_all(&office.owner)
        .await
        .expect("it reads");
    assert_eq!(stored.len(), till.rows.len());
    for (stored, row) in stored.iter().zip(&till.rows) {
        assert_eq!(stored.get::<Vec<u8>, _>("payload"), row.payload.as_bytes());
        assert_eq!(stored.get::<Vec<u8>, _>("hash"), row.hash.0);
        assert_eq!(stored.get::<String, _>("event_type"), row.event_type);
    }
    let order = till.order(order_id(1));
    let kept = office.order(order_id(1)).await;
    assert_eq!((kept.status.as_deref(), kept.captured_minor), (Some(order.status.as_str()), Some(600)));
    assert_eq!(kept.token, order.version.to_string());
}

#[tokio::test]
async fn a_batch_that_is_known_gets_the_same_answer_and_changes_nothing() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &pay(1, 1_000));
    let first = office.bring(&till, 0).await;
    let (kept, outbox) = (office.order(order_id(1)).await, office.outbox().await);
    let again = office.bring(&till, 0).await;
    assert_eq!((again.held, again.forked, again.refused), (first.held, None, None));
    assert_eq!(office.order(order_id(1)).await, kept);
    assert_eq!(office.outbox().await, outbox);
    assert_eq!(office.count("log_rows").await, i64::try_from(till.rows.len()).expect("few"));
}

#[tokio::test]
async fn a_batch_that_is_known_in_part_goes_on_from_there() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    office.bring(&till, 0).await;
    till.run(order_id(1), &OrderCommand::Send);
    let verdict = office.bring(&till, 0).await;
    assert_eq!((verdict.held, verdict.forked), (head(&till), None));
    assert_eq!(office.order(order_id(1)).await.status.as_deref(), Some("confirmed"));
}

#[tokio::test]
async fn a_till_that_was_restored_from_an_older_copy_hears_of_the_rows_that_it_knows() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    let copy = till.clone();
    till.run(order_id(1), &OrderCommand::Send);
    office.bring(&till, 0).await;
    assert_eq!(office.bring(&copy, 0).await.held, head(&copy), "and not of a head that it does not know");
}

#[tokio::test]
async fn a_gap_asks_for_the_row_that_is_due() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    let log = till.log();
    assert_eq!(office.bring(&till, 1).await.wanted, Some((log, 1)));
    office.bring(&till, 0).await;
    let held = till.head_seq();
    till.run(order_id(1), &OrderCommand::Send);
    let skipped = till.head_seq();
    till.run(order_id(1), &pay(1, 1_000));
    let verdict = office.bring(&till, skipped).await;
    assert_eq!((verdict.wanted, verdict.held), (Some((log, held + 1)), None));
    assert_eq!(office.bring(&till, held).await.held, head(&till));
}

#[tokio::test]
async fn a_row_of_an_unknown_type_is_stored_quarantined_and_accepted() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.write_unknown(order_id(1));
    assert_eq!(office.bring(&till, 0).await.held, head(&till));
    assert_eq!(office.count("quarantine WHERE event_type = 'order.teleported'").await, 1);
    assert!(office.order(order_id(1)).await.update_needed);
    till.write("weather", order_id(7).0, None, vec![(order_id(8).0, "weather.changed".into(), 1, "{}".into())]);
    assert_eq!(office.bring(&till, till.head_seq() - 1).await.held, head(&till));
    assert_eq!(office.count("quarantine").await, 2);
}

#[tokio::test]
async fn the_stub_of_a_damaged_row_is_stored_and_healed_by_the_row() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    let paid = till.head_seq();
    till.run(order_id(1), &pay(1, 1_000));
    let mut items = till.items(0);
    for item in &mut items {
        let head = item.head();
        if head.seq > paid {
            let (seq, hash, signature) = (head.seq, head.hash, head.signature);
            *item = Item::Stub(Stub { log: till.log(), seq, hash, signature, reason: DamageReason::Hash });
        }
    }
    let source = till.source(office.key.public());
    let verdict = office.take(&[batch(source, items)]).await.remove(0);
    assert_eq!(verdict.held, head(&till));
    assert_eq!(office.order(order_id(1)).await.captured_minor, Some(0));
    assert!(office.count("log_rows WHERE stub_reason = 'hash'").await > 0);
    let mut lie = till.items(paid);
    if let Item::Row(row) = &mut lie[0] {
        row.payload = "{\"lie\":1}".into();
    }
    let verdict = office.take(&[batch(source, lie)]).await.remove(0);
    assert_eq!(refused(&verdict).0, paid + 1);
    assert_eq!(office.bring(&till, paid).await.held, head(&till));
    assert_eq!(office.count("log_rows WHERE stub_reason IS NOT NULL").await, 0);
    assert_eq!(office.order(order_id(1)).await.captured_minor, Some(300));
}

#[tokio::test]
async fn a_false_chain_or_signature_is_refused_kept_as_evidence_and_holds_up_no_other_log() {
    let office = Office::open().await;
    let (mut bad, mut good) = (office.till(1).await, office.till(2).await);
    bad.run(order_id(1), &create(order_id(1), "B-001", 1));
    good.run(order_id(2), &create(order_id(2), "C-001", 1));
    let source = bad.source(office.key.public());
    let mut changed = bad.items(0);
    if let Some(Item::Row(row)) = changed.last_mut() {
        row.payload.push(' ');
    }
    let both = [batch(source, changed), batch(good.source(office.key.public()), good.items(0))];
    let verdicts = office.take(&both).await;
    let (seq, rule) = refused(&verdicts[0]);
    assert_eq!(seq, bad.head_seq());
    assert!(rule.contains("hash"), "{rule}");
    assert_eq!(verdicts[1].held, head(&good));
    let mut unsigned = bad.items(0);
    if let Some(Item::Row(row)) = unsigned.last_mut() {
        row.signature = good.rows[0].signature;
    }
    let verdict = office.take(&[batch(source, unsigned.clone())]).await.remove(0);
    assert!(refused(&verdict).1.contains("signature"));
    office.take(&[batch(source, unsigned)]).await;
    assert_eq!(office.count("evidence").await, 2, "a repeat is kept once");
    assert_eq!(office.bring(&bad, 0).await.held, head(&bad), "the true rows still come in");
}

#[tokio::test]
async fn a_log_of_another_store_or_tenant_or_key_is_refused() {
    let office = Office::open().await;
    let till = office.till(1).await;
    let other = docket_domain::ids::StoreId(order_id(99).0);
    let source = till.source(office.key.public());
    let cases = [
        (Till::new(1, till.tenant, other), "store"),
        (Till::new(1, docket_domain::ids::TenantId(order_id(98).0), till.store), "tenant"),
        (Till::of_class(1, till.tenant, till.store, DeviceClass::Kitchen), "device_class"),
        (Till::of_class(1, till.tenant, till.store, DeviceClass::Central), "head office's"),
        (Till::new(7, till.tenant, till.store), "not enrolled"),
    ];
    for (stranger, rule) in cases {
        let verdict = office.take(&[batch(source, stranger.items(0))]).await.remove(0);
        assert!(refused(&verdict).1.contains(rule), "{verdict:?}");
    }
    assert_eq!(office.count("logs").await, 0);
}

#[tokio::test]
async fn facts_of_a_revoked_device_beyond_its_cut_off_are_stored_without_effect() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &OrderCommand::Send);
    office.bring(&till, 0).await;
    docket_central::tenants::revoke(&office.database, office.tenant, till.device).await.expect("it is revoked");
    let (kept, outbox) = (office.order(order_id(1)).await, office.outbox().await);
    let cut_off = till.head_seq();
    till.run(order_id(1), &pay(1, 1_000));
    till.run(order_id(2), &create(order_id(2), "B-002", 1));
    assert_eq!(office.bring(&till, cut_off).await.held, head(&till));
    let after = office.order(order_id(1)).await;
    assert_eq!((after, office.outbox().await), (kept, outbox));
    assert_eq!(office.order(order_id(2)).await.status, None);
    till.open();
    till.run(order_id(3), &create(order_id(3), "B-003", 1));
    assert_eq!(office.bring(&till, 0).await.held, head(&till), "a new log of it is stored too");
    assert_eq!(office.order(order_id(3)).await.status, None);
}

#[tokio::test]
async fn facts_of_an_order_wait_for_its_opening() {
    let office = Office::open().await;
    let (mut first, mut second) = (office.till(1).await, office.till(2).await);
    first.run(order_id(1), &create(order_id(1), "B-001", 1));
    first.run(order_id(1), &OrderCommand::Send);
    second.hear(&first);
    second.run(order_id(1), &start_all());
    office.bring(&second, 0).await;
    assert_eq!(office.order(order_id(1)).await.status, None);
    assert!(office.outbox().await.is_empty());
    office.bring(&first, 0).await;
    let kept = office.order(order_id(1)).await;
    assert_eq!((kept.status.as_deref(), kept.version), (Some("preparing"), 1));
    assert_eq!(office.outbox().await, [("order.created".to_owned(), 1)]);
}

#[tokio::test]
async fn only_changes_that_others_can_see_are_told_and_an_old_order_is_few_messages() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 3));
    office.bring(&till, 0).await;
    assert!(office.outbox().await.is_empty(), "a draft is nobody's business");
    assert_eq!(office.order(order_id(1)).await.status.as_deref(), Some("draft"));
    let draft = till.head_seq();
    till.run(order_id(1), &OrderCommand::Send);
    till.run(order_id(1), &start_all());
    till.run(order_id(1), &docket_testkit::samples::ready_all());
    till.run(order_id(1), &pay(1, 1_000));
    till.run(order_id(1), &docket_testkit::samples::hand_over_all());
    office.bring(&till, draft).await;
    let told = office.outbox().await;
    assert_eq!(told, [("order.created".to_owned(), 1), ("payment.captured".to_owned(), 1)]);
    assert_eq!(office.order(order_id(1)).await.status.as_deref(), Some("completed"));
}

#[tokio::test]
async fn two_tills_that_bring_facts_of_one_order_at_once_lose_none() {
    let office = Office::open().await;
    let (mut first, mut second) = (office.till(1).await, office.till(2).await);
    let mut orders = Vec::new();
    for number in 1..=20 {
        let id = order_id(number);
        first.run(id, &create(id, "B-001", 1));
        first.run(id, &OrderCommand::Send);
        orders.push(id);
    }
    second.hear(&first);
    // In the other direction, so that locks taken in the order of arrival would meet.
    for id in orders.iter().rev() {
        second.run(*id, &start_all());
    }
    for id in &orders {
        first.run(*id, &pay(1, 1_000));
    }
    let bring = |batches: Vec<docket_central::ingest::Batch>| {
        let ingest = office.ingest.clone();
        tokio::spawn(async move {
            for batch in batches {
                let tenant = batch.source.tenant;
                let verdict = ingest.take(tenant, &[batch]).await.remove(0).expect("it is stored");
                assert!(verdict.held.is_some(), "{verdict:?}");
            }
        })
    };
    let key = office.key.public();
    let (a, b) = (bring(groups(&first, key)), bring(groups(&second, key)));
    a.await.expect("the first till is done");
    b.await.expect("the second till is done");
    second.hear(&first);
    for id in orders {
        let (kept, seen) = (office.order(id).await, second.order(id));
        assert_eq!(kept.token, seen.version.to_string(), "every fact is folded");
        assert_eq!(kept.status.as_deref(), Some(seen.status.as_str()));
        let told: i64 = sqlx::query_scalar(
            "SELECT max(sequence) FROM central.outbox WHERE key = $1 AND topic = 'docket.orders.v1'",
        )
        .bind(id.0)
        .fetch_one(&office.owner)
        .await
        .expect("it reads");
        assert_eq!(told, kept.version, "the last message is the last version");
    }
}

#[tokio::test]
async fn a_message_carries_what_began_it_at_the_till() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &pay(1, 1_000));
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let rows = batch(till.source(office.key.public()), till.items(0));
    office.take(&[docket_central::ingest::Batch { traceparent: Some(traceparent.to_owned()), ..rows }]).await;
    let told = sqlx::query("SELECT correlation_id, causation_id, traceparent, business_day, store FROM central.outbox")
        .fetch_all(&office.owner)
        .await
        .expect("it reads");
    assert_eq!(told.len(), 2);
    let last = till.rows.last().expect("rows");
    for message in told {
        assert_eq!(message.get::<uuid::Uuid, _>("correlation_id"), last.correlation_id);
        assert_eq!(message.get::<uuid::Uuid, _>("causation_id"), last.event_id);
        assert_eq!(message.get::<&str, _>("traceparent"), traceparent);
        assert_eq!(message.get::<i32, _>("business_day"), crate::till::DAY);
        assert_eq!(message.get::<uuid::Uuid, _>("store"), till.store.0);
    }
}

#[tokio::test]
async fn facts_of_the_store_set_its_name_zone_and_documents() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.write_shop(&ShopEvent::SetUp(SetUp {
        name: "Bar Uno".into(),
        currency: docket_domain::money::Currency::try_from_code("EUR").expect("the euro"),
        time_zone: "Europe/Berlin".into(),
        cut_over_minutes: 300,
        demo: false,
    }));
    let published = |version, byte: u8| {
        let hash = Hash([byte; 32]).to_string();
        ShopEvent::DocumentPublished(DocumentPublished { kind: DocumentKind::Catalogue, hash, size: 1, version })
    };
    till.write_shop(&published(2, 2));
    till.write_shop(&published(1, 1));
    assert!(office.bring(&till, 0).await.published);
    let row = sqlx::query("SELECT name, time_zone, cut_over_minutes FROM central.stores")
        .fetch_one(&office.owner)
        .await
        .expect("one store");
    assert_eq!((row.get::<&str, _>(0), row.get::<&str, _>(1), row.get::<i32, _>(2)), ("Bar Uno", "Europe/Berlin", 300));
    assert_eq!(office.count("document_heads WHERE version = 2").await, 1);
}

#[tokio::test]
async fn a_batch_that_fails_in_the_database_is_taken_singly_and_the_others_stay() {
    let office = Office::open().await;
    let (mut first, mut second) = (office.till(1).await, office.till(2).await);
    first.run(order_id(1), &create(order_id(1), "B-001", 1));
    second.run(order_id(2), &create(order_id(2), "C-001", 1));
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "ALTER TABLE central.orders ADD CONSTRAINT planted CHECK (order_id <> '{}')",
        order_id(1)
    )))
    .execute(&office.owner)
    .await
    .expect("it is planted");
    let key = office.key.public();
    let both = [batch(first.source(key), first.items(0)), batch(second.source(key), second.items(0))];
    let verdicts = office.ingest.take(office.tenant, &both).await;
    assert!(verdicts[0].is_err());
    assert_eq!(verdicts[1].as_ref().expect("it is stored").held, head(&second));
    assert_eq!(office.count("logs").await, 1, "nothing of the other is there");
}
