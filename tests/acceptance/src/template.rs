//! The demo shop, made once per run of the tests through the till itself, and copied for each test.

use std::path::Path;

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use docket_terminal::data::DATABASE;
use docket_terminal::{DemoPin, OpenOptions, Terminal, with_sum};
use serde_json::json;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Every file of the shop's two folders, by its path below them.
pub struct Template {
    files: Vec<(String, Vec<u8>)>,
    /// People and PINs.
    pub pins: Vec<DemoPin>,
}

/// The data folder inside a shop's folder.
pub const DATA: &str = "data";
/// The witness's folder inside a shop's folder.
pub const WITNESS: &str = "witness";

/// The template, made by the first test that asks.
pub async fn template() -> &'static Template {
    static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
    TEMPLATE.get_or_init(make).await
}

impl Template {
    /// Writes the shop into a folder.
    pub fn unpack(&self, home: &Path) {
        for (path, bytes) in &self.files {
            let path = home.join(path);
            std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
            std::fs::write(path, bytes).expect("a file");
        }
    }
}

async fn make() -> Template {
    let home = tempfile::tempdir().expect("a folder");
    let (data, witness) = (home.path().join(DATA), home.path().join(WITNESS));
    let options = OpenOptions { data: data.clone(), witness: Some(witness), demo: true };
    let till = Terminal::open(options).await.expect("a new store opens");
    let pins = till.demo_pins();
    let shop = till.query(None, "shop", json!({})).await.expect("the shop needs no session");
    till.close().await;
    for pin in &pins {
        let people = shop["people"].as_array().expect("people");
        let found = people.iter().find(|entry| entry["person"]["name"] == pin.name.as_str()).expect("the person");
        let id: Uuid = found["person"]["person_id"].as_str().expect("an id").parse().expect("a UUID");
        make_cheap(&data, id, &pin.pin);
    }
    let mut files = Vec::new();
    for folder in [DATA, WITNESS] {
        for entry in std::fs::read_dir(home.path().join(folder)).expect("the folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("the till's files have plain names");
            files.push((format!("{folder}/{name}"), std::fs::read(entry.path()).expect("a file")));
        }
    }
    Template { files, pins }
}

/// Argon2 costs seconds without optimisation. A verifier states its own cost, so a cheap one in place of the real one
/// leaves the till's code as it is and saves the tests minutes; those of sign-in itself use the real ones.
fn make_cheap(data: &Path, person: Uuid, pin: &str) {
    let secret = std::fs::read(data.join("store.secret")).expect("the store's secret");
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("the least cost");
    let argon = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).expect("a secret");
    let salt = SaltString::encode_b64(person.as_bytes()).expect("a salt");
    let verifier = with_sum(&argon.hash_password(pin.as_bytes(), &salt).expect("a verifier").to_string());
    let connection = rusqlite::Connection::open(data.join(DATABASE)).expect("the store");
    let sql = "UPDATE pin_verifiers SET verifier = ?2 WHERE person_id = ?1";
    let changed = connection.execute(sql, rusqlite::params![&person.as_bytes()[..], verifier]).expect("an update");
    assert_eq!(changed, 1);
}
