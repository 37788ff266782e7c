//! The value objects of a customer. One that exists keeps its rule.

use super::limits::{
    ADDRESS_LINES_MAX, ADDRESS_TEXT_CHARS_MAX, ADDRESSES_MAX, EMAIL_BYTES_MAX, EMAIL_LOCAL_BYTES_MAX,
    HOST_LABEL_BYTES_MAX, NAME_CHARS_MAX, PHONE_DIGITS_MAX, PHONE_DIGITS_MIN, POSTAL_CODE_CHARS_MAX,
};

/// A field that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct ContactFault {
    /// The field, such as `addresses[0].city`.
    pub field: String,
    /// What it must be.
    pub rule: String,
}

impl ContactFault {
    fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        ContactFault { field: field.into(), rule: rule.into() }
    }

    fn under(self, place: usize) -> Self {
        ContactFault { field: format!("addresses[{place}].{}", self.field), rule: self.rule }
    }
}

/// A person's name, as the person writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// An e-mail address. Its host is kept in lower case; what stands before the `@` is the mail server's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// A phone number with its country, `+` and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(String);

/// Where something is brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What the customer calls it, such as 'work'.
    pub label: Option<String>,
    /// Street, house, floor.
    pub lines: Vec<String>,
    /// The city.
    pub city: String,
    /// The postal code, where the country has one.
    pub postal_code: Option<String>,
    /// ISO 3166-1, two capital letters.
    pub country: String,
}

/// The addresses of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses(Vec<Address>);

fn text(field: &str, text: &str, chars_max: usize) -> Result<(), ContactFault> {
    if text.trim().is_empty() || text.trim() != text {
        return Err(ContactFault::new(field, "must not be empty, nor begin or end with a space"));
    }
    if text.chars().count() > chars_max {
        return Err(ContactFault::new(field, format!("must have at most {chars_max} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(ContactFault::new(field, "must not have control characters"));
    }
    Ok(())
}

impl Name {
    /// A name of 1 to 100 characters.
    ///
    /// # Errors
    /// [`ContactFault`] on `name`.
    pub fn try_new(name: &str) -> Result<Self, ContactFault> {
        text("name", name, NAME_CHARS_MAX)?;
        Ok(Name(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// An address that a mail server could take: ASCII, one `@`, a host of two labels at least. Whether mail arrives there
    /// nobody can tell from its text.
    ///
    /// # Errors
    /// [`ContactFault`] on `email`.
    pub fn try_new(email: &str) -> Result<Self, ContactFault> {
        let fault = |rule: &str| ContactFault::new("email", rule);
        if email.len() > EMAIL_BYTES_MAX {
            return Err(fault("must have at most 254 characters"));
        }
        let (local, host) = email.split_once('@').ok_or_else(|| fault("must be an address such as ana@example.org"))?;
        let of_local = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty() || local.len() > EMAIL_LOCAL_BYTES_MAX || dots || !local.bytes().all(of_local) {
            return Err(fault("must have 1 to 64 letters, digits or signs of an address before the @"));
        }
        let of_label = |label: &str| {
            let inside = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let edges = label.starts_with('-') || label.ends_with('-');
            !label.is_empty() && label.len() <= HOST_LABEL_BYTES_MAX && inside && !edges
        };
        if !host.contains('.') || !host.split('.').all(of_label) {
            return Err(fault("must have a host such as example.org behind the @"));
        }
        Ok(Email(format!("{local}@{}", host.to_ascii_lowercase())))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Phone {
    /// A number as E.164 writes it: `+`, and 7 to 15 digits, the first of them not 0.
    ///
    /// # Errors
    /// [`ContactFault`] on `phone`.
    pub fn try_new(phone: &str) -> Result<Self, ContactFault> {
        let digits = phone.strip_prefix('+').unwrap_or_default();
        let fits = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len());
        if fits && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Phone(phone.to_owned()));
        }
        Err(ContactFault::new("phone", "must be + and 7 to 15 digits, such as +493012345678"))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Address {
    fn check(&self) -> Result<(), ContactFault> {
        if let Some(label) = &self.label {
            text("label", label, ADDRESS_TEXT_CHARS_MAX)?;
        }
        if self.lines.is_empty() || self.lines.len() > ADDRESS_LINES_MAX {
            return Err(ContactFault::new("lines", format!("must have 1 to {ADDRESS_LINES_MAX} entries")));
        }
        for (place, line) in self.lines.iter().enumerate() {
            text(&format!("lines[{place}]"), line, ADDRESS_TEXT_CHARS_MAX)?;
        }
        text("city", &self.city, ADDRESS_TEXT_CHARS_MAX)?;
        if let Some(code) = &self.postal_code {
            text("postal_code", code, POSTAL_CODE_CHARS_MAX)?;
        }
        if self.country.len() != 2 || !self.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(ContactFault::new("country", "must be two capital letters, such as DE"));
        }
        Ok(())
    }
}

impl Addresses {
    /// At most 10 addresses.
    ///
    /// # Errors
    /// [`ContactFault`] on a field under `addresses`.
    pub fn try_new(addresses: Vec<Address>) -> Result<Self, ContactFault> {
        if addresses.len() > ADDRESSES_MAX {
            return Err(ContactFault::new("addresses", format!("must have at most {ADDRESSES_MAX} entries")));
        }
        for (place, address) in addresses.iter().enumerate() {
            address.check().map_err(|fault| fault.under(place))?;
        }
        Ok(Addresses(addresses))
    }

    /// The addresses, in the customer's order.
    #[must_use]
    pub fn as_slice(&self) -> &[Address] {
        &self.0
    }
}
