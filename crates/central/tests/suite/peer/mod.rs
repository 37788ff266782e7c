//! A hostile peer with a good token, against the real program and a real PostgreSQL, for two minutes in `cargo xtask test`:
//! messages that are cut off, too large, without end, with bits flipped, replayed and spliced, and the same done to the
//! bytes of the connection. After each: the program lives, nothing is stored that its author did not sign, heads stand
//! where they stood, a till beside it delivers, and memory is bounded.
//!
//! `DOCKET_HOSTILE_SECONDS` sets the time, `DOCKET_HOSTILE_SEED` repeats a run; it is printed.

mod attack;
mod line;
mod wire;

use std::net::SocketAddr;
use std::process::Stdio;

use docket_central::clock::wall_ms;
use docket_domain::order::OrderCommand;
use docket_log::Row;
use docket_testkit::dice::Dice;
use docket_testkit::ports::free_address;
use docket_testkit::samples::pay;
use sqlx::Row as _;
use tonic::transport::Channel;

use crate::attach::{Stream, attach, token};
use crate::office::Office;
use crate::program::{Running, channel, command};
use crate::till::{Till, create, order_id};
use attack::Attack;

/// How long without a word from the environment.
const SECONDS: u64 = 6;
/// What the program may hold: a few messages of 16 MiB at once, and what a process of its kind holds anyway.
const MEMORY_KIB_MAX: u64 = 512 * 1024;
/// Rows of one log of the hostile till before it opens another.
const LOG_ROWS: usize = 120;

/// Head office under attack, and the two tills.
struct Scene {
    office: Office,
    program: Running,
    address: SocketAddr,
    /// Sells and delivers all the while.
    good: Till,
    good_stream: Stream,
    hostile: Till,
    hostile_token: String,
    /// Rows of the hostile till's log before this one.
    earlier: Vec<Vec<Row>>,
    /// Rows of the log that head office held before the attack.
    held: u64,
    /// Rows of the good till that head office has said to hold.
    delivered: u64,
    sold: u32,
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is not a whole number")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_peer_stores_nothing_false_and_holds_up_nobody() {
    let drawn = docket_central::clock::new_id().as_u128();
    let seed = from_environment(
        "DOCKET_HOSTILE_SEED",
        u64::try_from(drawn >> 64 ^ drawn & u128::from(u64::MAX)).expect("64 bits"),
    );
    let seconds = from_environment("DOCKET_HOSTILE_SECONDS", SECONDS);
    println!("a hostile peer of {seconds} s: DOCKET_HOSTILE_SEED={seed}");
    let mut scene = Scene::open().await;
    let (end_ms, mut attacks) = (wall_ms() + 1_000 * i64::try_from(seconds).expect("few"), 0_u64);
    let mut kinds = std::collections::BTreeMap::<&str, u64>::new();
    while wall_ms() < end_ms {
        let mut dice = Dice::new(seed, attacks);
        let attack = Attack::drawn(&mut dice);
        let what = format!("seed {seed}, attack {attacks}: {attack:?}");
        scene.prepare(&mut dice);
        attack.run(&scene, &mut dice).await;
        scene.holds(&what).await;
        *kinds.entry(attack.name()).or_default() += 1;
        attacks += 1;
    }
    println!("{attacks} attacks in {seconds} s: {kinds:?}; the program held {} MiB at most", scene.memory_kib() / 1024);
    assert!(attacks >= seconds, "at least one a second");
    scene.end().await;
}

impl Scene {
    async fn open() -> Self {
        let office = Office::open().await;
        let address = free_address();
        let mut program = command(&office.server.url(), address);
        program.arg("serve").env("DOCKET_LOG", "error").stdout(Stdio::null()).stderr(Stdio::null());
        let program = Running(program.spawn().expect("it starts"));
        let (good, hostile) = (office.till(1).await, office.till(2).await);
        let (good_token, hostile_token) = (token(&office, &good).await, token(&office, &hostile).await);
        let good_stream = attach(&channel(address).await, &good_token, &[]).await.expect("it attaches");
        let (earlier, held, delivered, sold) = (Vec::new(), 0, 0, 0);
        Scene { office, program, address, good, good_stream, hostile, hostile_token, earlier, held, delivered, sold }
    }

    async fn channel(&self) -> Channel {
        channel(self.address).await
    }

    /// Gives the hostile till something that head office does not hold yet.
    fn prepare(&mut self, dice: &mut Dice) {
        if self.hostile.rows.len() > LOG_ROWS {
            self.earlier.push(self.hostile.open());
            self.held = 0;
        }
        while self.hostile.head_seq() < self.held + 8 {
            self.sold += 1;
            let id = order_id(1_000_000 + self.sold);
            self.hostile.run(id, &create(id, "C-001", 1 + u32::try_from(dice.below(3)).expect("few")));
            self.hostile.run(id, &OrderCommand::Send);
        }
    }

    /// What must be true after each attack.
    async fn holds(&mut self, what: &str) {
        let ended = self.program.0.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "{what}: the program ended: {ended:?}");
        self.deliver(what).await;
        let (head, hash) = self.hostile_head().await;
        assert!(head >= self.held, "{what}: the head went back from {} to {head}", self.held);
        if head > 0 {
            let row = &self.hostile.rows[usize::try_from(head - 1).expect("few")];
            assert_eq!(hash, row.hash.0, "{what}: the head is another row");
            assert!(row.signature.is_some(), "{what}: the head is within a group");
        }
        self.held = head;
        self.stored_is_signed(what).await;
        let memory = self.memory_kib();
        assert!(memory < MEMORY_KIB_MAX, "{what}: the program held {memory} KiB");
    }

    /// The till beside sells one order and delivers it on the stream that it has had from the start.
    async fn deliver(&mut self, what: &str) {
        self.sold += 1;
        let id = order_id(self.sold);
        self.good.run(id, &create(id, "B-001", 1));
        self.good.run(id, &pay(self.sold, 1_000));
        let rows: Vec<Row> = self.good.rows.iter().filter(|row| row.seq > self.delivered).cloned().collect();
        self.delivered = self.good.head_seq();
        self.good_stream.send_rows(&rows).await;
        let head = loop {
            let held = self.good_stream.held().await.unwrap_or_else(|| panic!("{what}: the other till gets no answer"));
            if held.log == self.good.log() && held.seq == self.good.head_seq() {
                break held;
            }
        };
        assert_eq!(head.hash, self.good.rows.last().expect("rows").hash, "{what}");
    }

    async fn hostile_head(&self) -> (u64, [u8; 32]) {
        let sql = "SELECT seq, hash FROM central.log_heads WHERE log_id = $1 AND branch = 0";
        let log = self.hostile.log().0;
        let found = sqlx::query(sql).bind(&log[..]).fetch_optional(&self.office.owner).await.expect("it reads");
        found.map_or((0, [0; 32]), |row| {
            let hash: Vec<u8> = row.get("hash");
            (u64::try_from(row.get::<i64, _>("seq")).expect("it counts"), hash.try_into().expect("32 bytes"))
        })
    }

    /// Everything that is stored is a row of one of the two tills, once, and in its place.
    async fn stored_is_signed(&self, what: &str) {
        let sql = "SELECT seq, hash FROM central.log_rows WHERE log_id = $1 ORDER BY seq";
        let log = self.hostile.log().0;
        let rows = sqlx::query(sql).bind(&log[..]).fetch_all(&self.office.owner).await.expect("it reads");
        assert_eq!(rows.len() as u64, self.held, "{what}: rows of the hostile till");
        for (row, signed) in rows.iter().zip(&self.hostile.rows) {
            assert_eq!(row.get::<Vec<u8>, _>("hash"), signed.hash.0, "{what}: row {}", signed.seq);
        }
        let known: u64 = self.good.rows.len() as u64 + self.held + self.earlier_held().await;
        let all = self.office.count("log_rows").await;
        assert_eq!(u64::try_from(all), Ok(known), "{what}: rows of nobody");
        assert_eq!(self.office.count("log_heads WHERE branch > 0").await, 0, "{what}: a second history");
    }

    async fn earlier_held(&self) -> u64 {
        let logs: Vec<&[u8]> = self.earlier.iter().map(|rows| &rows[0].log.0[..]).collect();
        let sql = "SELECT coalesce(sum(seq), 0)::bigint FROM central.log_heads WHERE log_id = ANY($1)";
        let sum: i64 = sqlx::query_scalar(sql).bind(logs).fetch_one(&self.office.owner).await.expect("it reads");
        u64::try_from(sum).expect("it counts")
    }

    /// The most memory that the program ever held.
    fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.0.id())).expect("it lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line of memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The hostile till's own rows still come in, and what was kept of its attacks is bounded.
    async fn end(self) {
        let mut stream = attach(&self.channel().await, &self.hostile_token, &[]).await.expect("it attaches");
        stream.send_rows(&self.hostile.rows).await;
        while stream.held().await.expect("a head").seq != self.hostile.head_seq() {}
        let evidence = self.office.count("evidence").await;
        assert!(evidence <= docket_central::limits::EVIDENCE_PER_DEVICE_MAX + 1, "{evidence} pieces of evidence");
        let false_documents = "SELECT count(*) FROM central.documents WHERE sha256(body) <> hash";
        let found: i64 = sqlx::query_scalar(false_documents).fetch_one(&self.office.owner).await.expect("it counts");
        assert_eq!(found, 0, "a document is what its hash says");
    }
}
