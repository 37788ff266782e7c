//! Acts on the shop: setting it up, and putting a catalogue or a staff list into effect.

use std::collections::HashMap;
use std::sync::Arc;

use docket_contracts::{Command, CommandOutcome, ErrorCode, Topic};
use docket_domain::catalog::Catalogue;
use docket_domain::catalog::document::{Manifest, Part, assemble, split};
use docket_domain::ids::PersonId;
use docket_domain::shop::{DocumentKind, DocumentPublished, STREAM_KIND, SetUp, ShopEvent};
use docket_domain::staff::StaffList;
use docket_log::{Row, RowDraft};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::batch::Staged;
use super::shop_change::{ShopChange, read_details};
use super::{Call, Writer};
use crate::actor::Actor;
use crate::clock::{business_day, new_id, wall_ms};
use crate::error::{StoreError, refuse};
use crate::limits::CUT_OVER_MINUTES_DEFAULT;
use crate::shared::{Device, Shop};
use crate::staff;
use crate::store::{documents, events, former, meta};

/// A document that is to take effect.
pub struct Publication {
    /// What is sold from now on.
    pub catalogue: Option<Catalogue>,
    /// Lines for people about it.
    pub notes: Vec<String>,
}

/// A shop that is to be made.
pub struct SetUpAct {
    /// What it is.
    pub set_up: SetUp,
    /// Who works here.
    pub staff: StaffList,
    /// PIN verifiers, made outside because that takes long.
    pub verifiers: Vec<(PersonId, String)>,
    /// First catalogue.
    pub catalogue: Option<Catalogue>,
    /// Lines for people about it.
    pub notes: Vec<String>,
}

/// An act on the shop, prepared outside the writer.
pub enum StoreAct {
    /// First start.
    SetUp(Box<SetUpAct>),
    /// A new catalogue.
    Publish(Box<Publication>),
    /// Someone is added or changed, as the command says, with the verifier of a new PIN.
    Staff(Option<String>),
    /// Another name or currency.
    Shop(Box<ShopChange>),
    /// What belongs to this device alone.
    Device(Device),
}

const SHOP: &str = "shop";
const DEVICE: &str = "device_settings";

impl Writer {
    pub(super) fn execute_act(&mut self, call: &Call, act: &StoreAct, shop: &Shop) -> Result<Staged, StoreError> {
        match act {
            StoreAct::SetUp(act) => self.set_up_shop(call, act, shop),
            StoreAct::Publish(publication) => self.publish_catalogue(call, publication, shop),
            StoreAct::Staff(verifier) => self.change_staff(call, verifier.as_deref(), shop),
            StoreAct::Shop(change) => self.change_shop(call, change, shop),
            StoreAct::Device(device) => self.set_device(call, device, shop),
        }
    }

    fn set_up_shop(&mut self, call: &Call, act: &SetUpAct, shop: &Shop) -> Result<Staged, StoreError> {
        if shop.set_up.is_some() {
            return Err(refuse(ErrorCode::ShopExists, "", "this store has a shop already").into());
        }
        let mut next = Shop { set_up: Some(act.set_up.clone()), ..shop.clone() };
        let mut facts = vec![ShopEvent::SetUp(act.set_up.clone())];
        let text = serde_json::to_string(&act.set_up).expect("a set-up holds texts and numbers");
        meta::set_folder(&self.connection, SHOP, &text)?;
        for (person, verifier) in &act.verifiers {
            self.connection.execute(
                "INSERT INTO pin_verifiers (person_id, verifier) VALUES (?1, ?2)",
                params![&person.0.as_bytes()[..], verifier],
            )?;
        }
        facts.push(self.put_staff(&act.staff, &mut next)?);
        if let Some(catalogue) = &act.catalogue {
            facts.push(self.put_catalogue(catalogue.clone(), &mut next)?);
        }
        self.finish(call, facts, next, act.notes.clone(), vec![Topic::Shop, Topic::Catalogue, Topic::Status])
    }

    fn publish_catalogue(&mut self, call: &Call, publication: &Publication, shop: &Shop) -> Result<Staged, StoreError> {
        let Some(set_up) = &shop.set_up else {
            return Err(refuse(ErrorCode::ShopNotSetUp, "", "set up the shop first").into());
        };
        let Some(catalogue) = &publication.catalogue else {
            return Err(refuse(ErrorCode::BadInput, "menu", "there is no catalogue to publish").into());
        };
        if catalogue.currency() != set_up.currency {
            return Err(refuse(
                ErrorCode::CurrencyMismatch,
                "menu.currency",
                format!("the menu is in {}, the shop charges in {}", catalogue.currency(), set_up.currency),
            )
            .into());
        }
        let mut next = shop.clone();
        let fact = self.put_catalogue(catalogue.clone(), &mut next)?;
        self.finish(call, vec![fact], next, publication.notes.clone(), vec![Topic::Catalogue, Topic::Status])
    }

    fn change_staff(&mut self, call: &Call, verifier: Option<&str>, shop: &Shop) -> Result<Staged, StoreError> {
        // Decided anew: someone else may have changed the list since the command was prepared.
        let (staff, differs) = staff::changed(&shop.staff, &call.command)?;
        let mut next = shop.clone();
        let facts = if differs { vec![self.put_staff(&staff, &mut next)?] } else { Vec::new() };
        if let (Some(verifier), Some(person)) = (verifier, person_of(&call.command)) {
            self.connection.execute(
                "INSERT INTO pin_verifiers (person_id, verifier) VALUES (?1, ?2) ON CONFLICT (person_id) DO UPDATE SET \
                 verifier = excluded.verifier, failures = 0, locked_until_ms = 0",
                params![&person.0.as_bytes()[..], verifier],
            )?;
        }
        self.finish(call, facts, next, Vec::new(), vec![Topic::Shop])
    }

    fn set_device(&mut self, call: &Call, device: &Device, shop: &Shop) -> Result<Staged, StoreError> {
        let text = serde_json::to_string(device).expect("a device's settings are texts and numbers");
        meta::set_folder(&self.connection, DEVICE, &text)?;
        let next = Shop { device: device.clone(), ..shop.clone() };
        self.finish(call, Vec::new(), next, Vec::new(), vec![Topic::Shop])
    }

    pub(super) fn finish(
        &mut self,
        call: &Call,
        facts: Vec<ShopEvent>,
        shop: Shop,
        notes: Vec<String>,
        topics: Vec<Topic>,
    ) -> Result<Staged, StoreError> {
        let rows = if facts.is_empty() { 0 } else { self.append_shop_events(facts, &call.actor, call.command_id.0)?.0 };
        let outcome = CommandOutcome { notes, ..CommandOutcome::plain(true) };
        self.write_receipt(call, &outcome)?;
        Ok(Staged { outcome: Some(outcome), rows, topics, shop: Some(shop), ..Staged::default() })
    }

    fn put_staff(&mut self, staff: &StaffList, shop: &mut Shop) -> Result<ShopEvent, StoreError> {
        let version = shop.staff_version + 1;
        let body = serde_json::to_vec(staff).expect("a staff list holds texts");
        let hash = documents::put(&self.connection, &body)?;
        documents::set_current(&self.connection, DocumentKind::Staff, &hash, version)?;
        shop.set_staff(staff.clone(), version);
        Ok(published(DocumentKind::Staff, &hash, body.len(), version))
    }

    pub(super) fn put_catalogue(&mut self, catalogue: Catalogue, shop: &mut Shop) -> Result<ShopEvent, StoreError> {
        let version = shop.catalogue_version + 1;
        let catalogue = catalogue.with_version(version);
        let (manifest, parts) = split(&catalogue);
        for part in &parts {
            documents::put(&self.connection, part.bytes())?;
        }
        let body = manifest.bytes();
        let hash = documents::put(&self.connection, body)?;
        documents::set_current(&self.connection, DocumentKind::Catalogue, &hash, version)?;
        index_products(&self.connection, &catalogue)?;
        shop.catalogue = Some(Arc::new(catalogue));
        shop.catalogue_version = version;
        Ok(published(DocumentKind::Catalogue, &hash, body.len(), version))
    }

    /// Appends facts to the store's stream as one group. Returns how many rows, and the rows.
    pub(crate) fn append_shop_events(
        &mut self,
        facts: Vec<ShopEvent>,
        actor: &Actor,
        correlation: Uuid,
    ) -> Result<(i64, Vec<Row>), StoreError> {
        let now = wall_ms();
        let shop = self.shared.shop();
        let drafts = facts
            .into_iter()
            .map(|fact| RowDraft {
                event_id: new_id(),
                stream_kind: STREAM_KIND.into(),
                stream_id: self.identity.store.0,
                seen: None,
                event_type: fact.event_type().into(),
                schema_version: 1,
                payload: fact.payload(),
                actor: actor.to_text(),
                correlation_id: correlation,
                causation_id: None,
                clock: self.clock.now(now),
                wall_time_ms: now,
                business_day: business_day(now, shop.zone(), CUT_OVER_MINUTES_DEFAULT),
            })
            .collect();
        let rows = self.log.seal_group(drafts).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        crate::trace::wrote(&rows);
        events::insert(&self.connection, self.log_no, &rows)?;
        Ok((i64::try_from(rows.len()).expect("a group is small"), rows))
    }
}

fn person_of(command: &Command) -> Option<PersonId> {
    match command {
        Command::AddPerson(input) => Some(input.person_id),
        Command::ChangePerson(input) => Some(input.person_id),
        _ => None,
    }
}

pub(super) fn published(kind: DocumentKind, hash: &[u8; 32], size: usize, version: u32) -> ShopEvent {
    let size = u64::try_from(size).expect("a document fits memory");
    ShopEvent::DocumentPublished(DocumentPublished { kind, hash: hex::encode(hash), size, version })
}

pub(crate) fn index_products(connection: &Connection, catalogue: &Catalogue) -> Result<(), StoreError> {
    connection
        .execute_batch("DELETE FROM products; INSERT INTO products_text (products_text) VALUES ('delete-all');")?;
    let mut product =
        connection.prepare_cached("INSERT INTO products (product_no, product_id, barcode) VALUES (?1, ?2, ?3)")?;
    let mut text = connection.prepare_cached("INSERT INTO products_text (rowid, name) VALUES (?1, ?2)")?;
    for (number, item) in (1_i64..).zip(catalogue.products()) {
        product.execute(params![number, &item.id.0.as_bytes()[..], item.barcode.as_deref()])?;
        text.execute(params![number, &*item.name])?;
    }
    Ok(())
}

/// Reads the shop that is in effect. A catalogue whose bytes don't match is left out, and the till says so.
///
/// # Errors
/// If the store fails.
pub(crate) fn load_shop(connection: &Connection) -> Result<Shop, StoreError> {
    let mut shop = Shop::none();
    if let Some(text) = meta::folder(connection, DEVICE)? {
        shop.device = serde_json::from_str(&text).unwrap_or_default();
    }
    shop.former_names = Arc::new(former_names(connection)?);
    shop.names = shop.former_names.clone();
    let Some(text) = meta::folder(connection, SHOP)? else { return Ok(shop) };
    shop.set_up =
        Some(serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("folder.shop: {error}")))?);
    if let Some((hash, version)) = documents::current(connection, DocumentKind::Shop)? {
        match read_details(connection, &hash)? {
            Some(details) => shop.set_details(details, version),
            // A till that sells under its first name is better than one that doesn't start.
            None => {
                shop.details_version = version;
                tracing::error!("what the shop is called now can't be read; it has the name of its first day");
            }
        }
    }
    if let Some((hash, version)) = documents::current(connection, DocumentKind::Staff)? {
        let staff =
            read_staff(connection, &hash)?.ok_or_else(|| StoreError::Corrupt("the staff list is missing".into()))?;
        shop.set_staff(staff, version);
    }
    if let Some((hash, version)) = documents::current(connection, DocumentKind::Catalogue)? {
        shop.catalogue_version = version;
        match load_catalogue(connection, &hash) {
            Ok(catalogue) => {
                // Of two tills that changed it without a word of each other, each may have won one document.
                if let Some(set_up) = &mut shop.set_up {
                    set_up.currency = catalogue.currency();
                }
                shop.catalogue = Some(Arc::new(catalogue));
            }
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the catalogue can't be read; import the menu again"
            ),
        }
    }
    Ok(shop)
}

/// Names on the orders of stores that this till was in before. A list that can't be read leaves them nameless.
fn former_names(connection: &Connection) -> Result<HashMap<PersonId, String>, StoreError> {
    let mut names = HashMap::new();
    for former in former::all(connection)? {
        let mut hash = [0; 32];
        let known = former.staff.is_some_and(|staff| hex::decode_to_slice(staff, &mut hash).is_ok());
        let staff = if known { read_staff(connection, &hash).unwrap_or_default() } else { None };
        names.extend(staff.into_iter().flat_map(|staff| staff.people).map(|person| (person.id, person.name)));
    }
    Ok(names)
}

/// Reads a staff list; `None` if it is not held.
///
/// # Errors
/// If the store fails or the document is no staff list.
pub(super) fn read_staff(connection: &Connection, hash: &[u8; 32]) -> Result<Option<StaffList>, StoreError> {
    let Some(body) = documents::get(connection, hash)? else { return Ok(None) };
    serde_json::from_slice(&body).map(Some).map_err(|error| StoreError::Corrupt(format!("staff list: {error}")))
}

pub(super) fn load_catalogue(connection: &Connection, hash: &[u8; 32]) -> Result<Catalogue, StoreError> {
    let missing = |what: &str| StoreError::Corrupt(format!("the catalogue's {what} is missing"));
    let body = documents::get(connection, hash)?.ok_or_else(|| missing("manifest"))?;
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("the catalogue can't be read: {error}"));
    let manifest = Manifest::parse(body).map_err(|error| corrupt(&error))?;
    let mut parts = Vec::with_capacity(manifest.parts().len());
    for part in manifest.parts() {
        let bytes = documents::get(connection, &part.sha256.0)?.ok_or_else(|| missing("part"))?;
        parts.push(Part::new(bytes));
    }
    assemble(&manifest, &parts).map_err(|error| corrupt(&error))
}
