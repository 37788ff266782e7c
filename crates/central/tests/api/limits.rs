//! Rate limits: one for all processes, with a time to come again; and what is left where the database is not.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use docket_central::api::FaultCode;
use docket_central::api::auth::settings::Rate;
use docket_central::api::rate::{Buckets, Who};
use docket_central::clock::moment;
use docket_central::db::{Database, Role, migrate};
use docket_domain::ids::{DeviceId, TenantId};
use docket_testkit::postgres::{self, TestDatabase};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

async fn server() -> TestDatabase {
    let server = postgres::database();
    migrate(&server.url()).await.expect("the schema is there");
    server
}

async fn process(server: &TestDatabase) -> (Buckets, Database) {
    let database = Database::connect(&server.url(), Role::Access, 4).await.expect("it connects");
    (Buckets::new(database.clone()), database)
}

/// How many may have passed between two moments.
fn most(rate: Rate, since: Instant) -> u128 {
    let ms = moment().saturating_duration_since(since).as_millis();
    u128::from(rate.burst) + u128::from(rate.a_second) * ms / 1_000 + 1
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_have_one_rate_limit() {
    let server = server().await;
    let rate = Rate { a_second: 10, burst: 40 };
    let begun = moment();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (buckets, _) = process(&server).await;
        for _ in 0..200 {
            let buckets = buckets.clone();
            calls.spawn(async move { buckets.take(Who::Subject(TENANT, "user-123"), rate).await });
        }
    }
    let answers = calls.join_all().await;
    let passed = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(passed >= 40, "the burst passes, whichever process takes it: {passed}");
    assert!(passed as u128 <= most(rate, begun), "{passed} passed");
    for fault in answers.into_iter().filter_map(Result::err) {
        assert_eq!(fault.code, FaultCode::RateLimited);
        let wait = fault.retry_after.expect("a time to come again");
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(100), "{wait:?}");
    }
}

#[tokio::test]
async fn who_waits_as_told_passes_and_others_are_not_held_up() {
    let server = server().await;
    let (buckets, _) = process(&server).await;
    let rate = Rate { a_second: 10, burst: 10 };
    let who = Who::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let fault = loop {
        if let Err(fault) = buckets.take(who, rate).await {
            break fault;
        }
    };
    for other in [Who::Subject(TENANT, "user-123"), Who::Device(TENANT, DeviceId(TENANT.0))] {
        buckets.take(other, rate).await.expect("a bucket of its own");
    }
    // What is told is what is waited, as a client would.
    tokio::time::sleep(fault.retry_after.expect("a time")).await;
    buckets.take(who, rate).await.expect("it passes again");
}

#[tokio::test]
async fn a_flood_that_is_refused_asks_the_database_seldom() {
    let server = server().await;
    let (buckets, database) = process(&server).await;
    let rate = Rate { a_second: 1, burst: 8 };
    let who = || Who::Subject(TENANT, "flood");
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..20_000 {
        match buckets.take(who(), rate).await {
            Ok(()) => passed += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(passed >= 8 && refused > 19_000, "{passed} passed, {refused} refused");
    // Every asking leaves the row in another place; HOT updates or not, the server counts them.
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(database.pool()).await.expect("told to count");
    let owner = sqlx::PgPool::connect(&server.url()).await.expect("the owner connects");
    let asked: i64 = loop {
        let sql =
            "SELECT n_tup_upd + n_tup_ins FROM pg_stat_user_tables WHERE schemaname = 'api' AND relname = 'buckets'";
        let asked = sqlx::query_scalar(sql).fetch_one(&owner).await.expect("statistics");
        if asked > 0 {
            break asked;
        }
        sqlx::query("SELECT pg_stat_force_next_flush()").execute(database.pool()).await.expect("told to count");
    };
    assert!(asked < 200, "{asked} times for 20,000 calls");
}

#[tokio::test]
async fn without_the_database_a_process_counts_by_itself() {
    let server = server().await;
    let (buckets, database) = process(&server).await;
    database.pool().close().await;
    let rate = Rate { a_second: 20, burst: 40 };
    let begun = moment();
    let mut passed = 0_u128;
    for _ in 0..2_000 {
        passed += u128::from(buckets.take(Who::Subject(TENANT, "user-123"), rate).await.is_ok());
    }
    let seconds = moment().saturating_duration_since(begun).as_millis() / 1_000 + 1;
    assert!(passed >= 20 && passed <= 20 * seconds, "{passed} in {seconds} s");
}
