//! Customers in PostgreSQL: what is personal in tables of its own.

use docket_contracts::integration::{CustomerBody, EventKind};
use docket_domain::customer::{Address, Addresses, ContactFault, Customer, CustomerEvent, Email, Name, Person, Phone};
use docket_domain::ids::{SubjectId, TenantId};
use docket_domain::policy::api::ApiOperation;
use sqlx::{Postgres, Row as _, Transaction};

use crate::api::fault::Fault;
use crate::api::watch;
use crate::clock::{new_id, wall_ms};

/// A customer with what is stored beside its state.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub customer: Customer,
    pub registered_ms: i64,
}

/// Whether a row is held for the rest of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    None,
    Update,
}

macro_rules! read {
    ($lock:literal) => {
        concat!(
            "SELECT c.version, c.active, c.email_changed_ms, c.registered_ms, p.name, p.email, p.phone \
             FROM api.customers c LEFT JOIN api.customer_people p ON p.tenant = c.tenant AND p.customer = c.customer \
             WHERE c.tenant = $1 AND c.customer = $2",
            $lock
        )
    };
}

/// Operations whose kept answers show a person, and name the customer; an order's answer has the address that it goes to.
const PERSONAL: [ApiOperation; 8] = [
    ApiOperation::CreateOrder,
    ApiOperation::UpdateOrder,
    ApiOperation::CancelOrder,
    ApiOperation::RegisterCustomer,
    ApiOperation::ChangeCustomer,
    ApiOperation::ChangeEmail,
    ApiOperation::ActivateCustomer,
    ApiOperation::DeactivateCustomer,
];

pub(super) async fn load(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    id: SubjectId,
    lock: Lock,
) -> Result<Option<Kept>, Fault> {
    let sql = if lock == Lock::Update { read!(" FOR UPDATE OF c") } else { read!("") };
    let row = sqlx::query(sql).bind(tenant.0).bind(id.0).fetch_optional(&mut **transaction).await?;
    let Some(row) = row else { return Ok(None) };
    let name: Option<String> = row.try_get("name")?;
    let person = match name {
        None => None,
        Some(name) => {
            let (email, phone): (String, Option<String>) = (row.try_get("email")?, row.try_get("phone")?);
            let addresses = addresses(transaction, tenant, id).await?;
            Some(person(&name, &email, phone.as_deref(), addresses).map_err(|fault| Fault::internal(&fault))?)
        }
    };
    let customer = Customer {
        id,
        version: u64::try_from(row.try_get::<i64, _>("version")?).unwrap_or(0),
        active: row.try_get("active")?,
        person,
        email_changed_ms: row.try_get("email_changed_ms")?,
    };
    Ok(Some(Kept { customer, registered_ms: row.try_get("registered_ms")? }))
}

fn person(name: &str, email: &str, phone: Option<&str>, addresses: Vec<Address>) -> Result<Person, ContactFault> {
    Ok(Person {
        name: Name::try_new(name)?,
        email: Email::try_new(email)?,
        phone: phone.map(Phone::try_new).transpose()?,
        addresses: Addresses::try_new(addresses)?,
    })
}

async fn addresses(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    id: SubjectId,
) -> Result<Vec<Address>, sqlx::Error> {
    let sql = "SELECT label, lines, city, postal_code, country FROM api.customer_addresses \
         WHERE tenant = $1 AND customer = $2 ORDER BY place";
    let rows = sqlx::query(sql).bind(tenant.0).bind(id.0).fetch_all(&mut **transaction).await?;
    let address = |row: &sqlx::postgres::PgRow| {
        Ok(Address {
            label: row.try_get("label")?,
            lines: row.try_get("lines")?,
            city: row.try_get("city")?,
            postal_code: row.try_get("postal_code")?,
            country: row.try_get("country")?,
        })
    };
    rows.iter().map(address).collect()
}

/// The customer after an event.
pub(super) fn after(before: Option<Kept>, id: SubjectId, event: CustomerEvent, now_ms: i64) -> Kept {
    let registered_ms = before.as_ref().map_or(now_ms, |kept| kept.registered_ms);
    Kept { customer: Customer::evolve(before.map(|kept| kept.customer), id, event), registered_ms }
}

/// Writes a customer; false where it was to be new and another was quicker.
pub(super) async fn save(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    kept: &Kept,
) -> Result<bool, Fault> {
    let customer = &kept.customer;
    let sql = "INSERT INTO api.customers AS held (tenant, customer, version, active, email_changed_ms, registered_ms) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, customer) DO UPDATE SET version = excluded.version, \
         active = excluded.active, email_changed_ms = excluded.email_changed_ms WHERE held.version = excluded.version - 1";
    let saved = sqlx::query(sql)
        .bind(tenant.0)
        .bind(customer.id.0)
        .bind(i64::try_from(customer.version).unwrap_or(i64::MAX))
        .bind(customer.active)
        .bind(customer.email_changed_ms)
        .bind(kept.registered_ms)
        .execute(&mut **transaction)
        .await?;
    if saved.rows_affected() == 0 {
        return Ok(false);
    }
    let sql = "DELETE FROM api.customer_addresses WHERE tenant = $1 AND customer = $2";
    sqlx::query(sql).bind(tenant.0).bind(customer.id.0).execute(&mut **transaction).await?;
    if let Some(person) = &customer.person {
        save_person(transaction, tenant, customer.id, person).await?;
    }
    Ok(true)
}

async fn save_person(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    id: SubjectId,
    person: &Person,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO api.customer_people (tenant, customer, name, email, phone) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, customer) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(id.0)
        .bind(person.name.as_str())
        .bind(person.email.as_str())
        .bind(person.phone.as_ref().map(Phone::as_str))
        .execute(&mut **transaction)
        .await?;
    let sql = "INSERT INTO api.customer_addresses (tenant, customer, place, label, lines, city, postal_code, country) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    for (place, address) in (0_i32..).zip(person.addresses.as_slice()) {
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(id.0)
            .bind(place)
            .bind(&address.label)
            .bind(&address.lines)
            .bind(&address.city)
            .bind(&address.postal_code)
            .bind(&address.country)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Takes out all that is personal, wherever head office keeps it. What a log holds sealed stays, and opens for nobody; the tills
/// of the stores that have orders of the person are told by the sweeper.
pub(super) async fn erase(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    id: SubjectId,
) -> Result<(), sqlx::Error> {
    let statements = [
        "DELETE FROM api.customer_people WHERE tenant = $1 AND customer = $2",
        "DELETE FROM api.subjects WHERE tenant = $1 AND subject = $2",
        "INSERT INTO api.forgotten (tenant, store, subject) \
         SELECT DISTINCT tenant, store, customer FROM central.orders WHERE tenant = $1 AND customer = $2 \
         ON CONFLICT DO NOTHING",
        "UPDATE api.deliveries d SET address = NULL FROM central.orders o WHERE d.tenant = $1 AND d.address IS NOT NULL \
         AND o.tenant = d.tenant AND o.order_id = d.order_id AND o.customer = $2",
        // Of these answers none names the customer.
        "DELETE FROM api.idempotency i USING central.orders o WHERE i.tenant = $1 AND i.operation = 'request_order_payment' \
         AND o.tenant = i.tenant AND o.customer = $2 AND strpos(i.body, o.order_id::text) > 0",
    ];
    for sql in statements {
        sqlx::query(sql).bind(tenant.0).bind(id.0).execute(&mut **transaction).await?;
    }
    let kept: Vec<&str> = PERSONAL.iter().map(|operation| operation.as_str()).collect();
    let sql = "DELETE FROM api.idempotency WHERE tenant = $1 AND operation = ANY($2) AND strpos(body, $3) > 0";
    sqlx::query(sql).bind(tenant.0).bind(kept).bind(id.to_string()).execute(&mut **transaction).await?;
    Ok(())
}

/// How others hear of an event.
pub(super) fn kind_of(event: &CustomerEvent, was_active: bool) -> EventKind {
    match event {
        CustomerEvent::Registered(_) => EventKind::CustomerRegistered,
        CustomerEvent::Changed(_) | CustomerEvent::EmailChanged { .. } => EventKind::CustomerChanged,
        CustomerEvent::Activated => EventKind::CustomerReactivated,
        CustomerEvent::Erased if !was_active => EventKind::CustomerChanged,
        CustomerEvent::Deactivated | CustomerEvent::Erased => EventKind::CustomerDeactivated,
    }
}

/// Writes the message, which names nobody.
pub(super) async fn tell(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    customer: &Customer,
    kind: EventKind,
) -> Result<(), Fault> {
    let body = CustomerBody { customer_id: customer.id, version: customer.version, active: customer.active };
    let body = serde_json::to_vec(&body).map_err(|error| Fault::internal(&error))?;
    let call = watch::call();
    let sql = "INSERT INTO central.outbox (tenant, topic, key, event_id, event_type, sequence, correlation_id, traceparent, \
         time_ms, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(kind.topic())
        .bind(customer.id.0)
        .bind(new_id())
        .bind(kind.as_str())
        .bind(i64::try_from(customer.version).unwrap_or(i64::MAX))
        .bind(call.as_ref().map_or_else(new_id, |call| call.correlation))
        .bind(call.and_then(|call| call.traceparent))
        .bind(wall_ms())
        .bind(body)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
