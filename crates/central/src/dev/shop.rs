//! The shop of the demonstration, without which a till that joins would wait for ever: what it is called and charges in, and
//! who works there. A till gives a demo shop's people the PINs that it prints.

use docket_domain::ids::PersonId;
use docket_domain::money::Currency;
use docket_domain::shop::{DocumentKind, DocumentPublished, SetUp, ShopEvent};
use docket_domain::staff::{Person, Role, StaffList};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{DevError, STORE, TENANT};
use crate::clock::new_id;
use crate::down::{Draft, OwnLogs};
use crate::ingest::shop::keep_document;
use crate::limits::CUT_OVER_MINUTES_DEFAULT;

/// Their ids are fixed, as the tenant's is; a till knows them by their names.
const PEOPLE: [(u128, &str, Role); 3] = [
    (0xd0c4_e700_0000_8000_8000_0000_0000_0011, "Mia Brandt", Role::Manager),
    (0xd0c4_e700_0000_8000_8000_0000_0000_0012, "Carlos Vega", Role::Cashier),
    (0xd0c4_e700_0000_8000_8000_0000_0000_0013, "Kenji Mori", Role::Kitchen),
];

fn people() -> StaffList {
    let person = |(id, name, role): (u128, &str, Role)| Person {
        id: PersonId(Uuid::from_u128(id)),
        name: name.to_owned(),
        role,
        active: true,
    };
    StaffList { version: 1, people: PEOPLE.map(person).into() }
}

/// Sets the shop up, unless it is: a store of an older program has a menu and no shop.
///
/// # Errors
/// [`DevError`].
pub(super) async fn set_up(logs: &OwnLogs, currency: Currency) -> Result<(), DevError> {
    let mut act = logs.begin(TENANT, STORE).await?;
    let sql = "SELECT EXISTS (SELECT 1 FROM central.document_heads WHERE tenant = $1 AND store = $2 AND kind = $3)";
    let is_set_up: bool = sqlx::query_scalar(sql)
        .bind(TENANT.0)
        .bind(STORE.0)
        .bind(DocumentKind::Staff.as_str())
        .fetch_one(&mut **act.transaction())
        .await?;
    if is_set_up {
        return Ok(act.end().await?);
    }
    let staff = serde_json::to_vec(&people()).expect("a staff list holds texts");
    let hash: [u8; 32] = Sha256::digest(&staff).into();
    keep_document(act.transaction(), TENANT, &hash, &staff).await?;
    let set_up = SetUp {
        name: "Demo".to_owned(),
        currency,
        time_zone: "UTC".to_owned(),
        cut_over_minutes: CUT_OVER_MINUTES_DEFAULT,
        demo: true,
    };
    let published = DocumentPublished {
        kind: DocumentKind::Staff,
        hash: hex::encode(hash),
        size: u64::try_from(staff.len()).unwrap_or(u64::MAX),
        version: 1,
    };
    let facts = [ShopEvent::SetUp(set_up), ShopEvent::DocumentPublished(published)];
    let drafts = facts.map(|event| Draft::of_store(STORE, &event));
    act.commit("program:central", new_id(), drafts.into()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_can_manage_the_shop() {
        assert_eq!(people().check(), Ok(()));
    }
}
