//! What is asked for and what is shown, as JSON.

use chrono::{DateTime, SecondsFormat};
use docket_domain::customer::{Address, Addresses, ContactFault, CustomerCommand, Email, Name, Person, Phone};
use docket_domain::ids::SubjectId;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::store::Kept;
use crate::api::fault::{Fault, FaultCode, Violation};

/// A customer to be registered. Its JSON is the body of `POST /api/v1/customers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// The user whose orders it will have; the token's `sub`, except for staff and admin.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub user_id: Option<String>,
    /// The name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The e-mail address.
    #[schema(example = "ana@example.org", max_length = 254)]
    pub email: String,
    /// The phone number, `+` and digits.
    #[serde(default)]
    #[schema(example = "+493012345678")]
    pub phone: Option<String>,
    /// Where things are brought.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub addresses: Vec<AddressBody>,
}

/// A change to a customer. Its JSON is the body of `PATCH /api/v1/customers/{customer_id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerPatch {
    /// The version that the change was decided on.
    #[serde(default)]
    pub expected_version: Option<u64>,
    /// Another name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Another phone number; null takes it out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "+493012345678")]
    pub phone: Option<Option<String>>,
    /// All its addresses.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub addresses: Option<Vec<AddressBody>>,
}

/// Another e-mail address. Its JSON is the body of `POST /api/v1/customers/{customer_id}/email`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The address.
    #[schema(example = "ana@example.org", max_length = 254)]
    pub email: String,
    /// The version that the change was decided on.
    #[serde(default)]
    pub expected_version: Option<u64>,
}

/// Where something is brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    /// What the customer calls it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub label: Option<String>,
    /// Street, house, floor.
    #[schema(min_items = 1, max_items = 4)]
    pub lines: Vec<String>,
    /// The city.
    #[schema(min_length = 1, max_length = 100)]
    pub city: String,
    /// The postal code, where the country has one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 16)]
    pub postal_code: Option<String>,
    /// ISO 3166-1, two capital letters.
    #[schema(pattern = "^[A-Z]{2}$", example = "DE")]
    pub country: String,
}

/// A customer as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerView {
    /// Its key, which orders name as `customer_id`.
    #[schema(value_type = Uuid)]
    pub customer_id: SubjectId,
    /// Rises with each change.
    pub version: u64,
    /// Whether new orders are taken.
    pub active: bool,
    /// Whether the person was forgotten; the members below are empty then.
    pub erased: bool,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
    /// Where things are brought.
    pub addresses: Vec<AddressBody>,
    /// When it was registered, RFC 3339.
    pub registered_at: String,
}

/// A member that is there, even as null, is given.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

impl From<ContactFault> for Fault {
    fn from(fault: ContactFault) -> Self {
        Fault::field(fault.field, fault.rule)
    }
}

/// Collects the faults of several fields, so that all of them are named.
#[derive(Default)]
struct Checked(Vec<Violation>);

impl Checked {
    fn take<T>(&mut self, made: Result<T, ContactFault>) -> Option<T> {
        made.map_err(|fault| self.0.push(Violation { field: fault.field, rule: fault.rule, valid: None })).ok()
    }

    fn fault(self) -> Fault {
        Fault::fields(FaultCode::InvalidArgument, self.0)
    }
}

fn addresses(bodies: &[AddressBody]) -> Result<Addresses, ContactFault> {
    Addresses::try_new(bodies.iter().map(AddressBody::address).collect())
}

impl NewCustomer {
    /// The person.
    ///
    /// # Errors
    /// A fault that names every field that breaks its rule.
    pub(super) fn person(&self) -> Result<Person, Fault> {
        let mut checked = Checked::default();
        let name = checked.take(Name::try_new(&self.name));
        let email = checked.take(Email::try_new(&self.email));
        let phone = checked.take(self.phone.as_deref().map(Phone::try_new).transpose());
        let addresses = checked.take(addresses(&self.addresses));
        match (name, email, phone, addresses) {
            (Some(name), Some(email), Some(phone), Some(addresses)) => Ok(Person { name, email, phone, addresses }),
            _ => Err(checked.fault()),
        }
    }
}

impl CustomerPatch {
    pub(super) fn command(&self) -> Result<CustomerCommand, Fault> {
        let mut checked = Checked::default();
        let name = checked.take(self.name.as_deref().map(Name::try_new).transpose());
        let phone = match &self.phone {
            None => Some(None),
            Some(phone) => checked.take(phone.as_deref().map(Phone::try_new).transpose()).map(Some),
        };
        let addresses = checked.take(self.addresses.as_deref().map(addresses).transpose());
        match (name, phone, addresses) {
            (Some(name), Some(phone), Some(addresses)) => Ok(CustomerCommand::Change { name, phone, addresses }),
            _ => Err(checked.fault()),
        }
    }
}

impl NewEmail {
    pub(super) fn command(&self) -> Result<CustomerCommand, Fault> {
        Ok(CustomerCommand::ChangeEmail(Email::try_new(&self.email)?))
    }
}

impl AddressBody {
    fn address(&self) -> Address {
        Address {
            label: self.label.clone(),
            lines: self.lines.clone(),
            city: self.city.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country.clone(),
        }
    }

    fn of(address: &Address) -> Self {
        AddressBody {
            label: address.label.clone(),
            lines: address.lines.clone(),
            city: address.city.clone(),
            postal_code: address.postal_code.clone(),
            country: address.country.clone(),
        }
    }
}

impl CustomerView {
    pub(super) fn of(kept: &Kept) -> Self {
        let (customer, person) = (&kept.customer, kept.customer.person.as_ref());
        let registered = DateTime::from_timestamp_millis(kept.registered_ms).unwrap_or(DateTime::UNIX_EPOCH);
        CustomerView {
            customer_id: customer.id,
            version: customer.version,
            active: customer.active,
            erased: person.is_none(),
            name: person.map(|person| person.name.as_str().to_owned()),
            email: person.map(|person| person.email.as_str().to_owned()),
            phone: person.and_then(|person| person.phone.as_ref()).map(|phone| phone.as_str().to_owned()),
            addresses: person
                .map(|person| person.addresses.as_slice().iter().map(AddressBody::of).collect())
                .unwrap_or_default(),
            registered_at: registered.to_rfc3339_opts(SecondsFormat::Millis, true),
        }
    }
}
