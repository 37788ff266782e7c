//! Every bound of a customer.

/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 100;
/// Bytes of an e-mail address, as mail servers take them (RFC 5321, 4.5.3.1).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Bytes of its part before the `@`.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// Bytes of one label of a host name.
pub const HOST_LABEL_BYTES_MAX: usize = 63;
/// Digits of a phone number, as E.164 has them.
pub const PHONE_DIGITS_MAX: usize = 15;
/// The fewest digits that are a number.
pub const PHONE_DIGITS_MIN: usize = 7;
/// Addresses of one customer.
pub const ADDRESSES_MAX: usize = 10;
/// Lines of one address.
pub const ADDRESS_LINES_MAX: usize = 4;
/// Characters of a line, a city or a label.
pub const ADDRESS_TEXT_CHARS_MAX: usize = 100;
/// Characters of a postal code.
pub const POSTAL_CODE_CHARS_MAX: usize = 16;
/// Milliseconds between two changes of an e-mail address: who takes an account over must not be able to move it on at
/// once.
pub const EMAIL_COOL_DOWN_MS: i64 = 24 * 3_600_000;
