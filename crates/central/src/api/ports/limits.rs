//! Every bound of the ports to other houses.

/// Milliseconds for one try at a service of another house.
pub const PORT_TRY_MS: u64 = 400;
/// Milliseconds for all tries of one call; an order waits no longer than this for each port.
pub const PORT_ALL_TRIES_MS: u64 = 1_000;
/// Tries after the first, where a repeat is safe.
pub const PORT_FURTHER_TRIES: usize = 2;
/// Milliseconds before the second try; the next pause is twice as long, and each has jitter.
pub const PORT_PAUSE_MS: u64 = 50;
/// Failures in a row that open a port's circuit.
pub const PORT_FAILURES_MAX: usize = 5;
/// Milliseconds with an open circuit until one call is let through.
pub const PORT_PROBE_MS: u64 = 30_000;
/// Bytes of an answer of another house.
pub const PORT_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a payment page's address.
pub const PORT_URL_BYTES_MAX: usize = 2_048;
/// Characters of a payment house's reference.
pub const PORT_REFERENCE_CHARS_MAX: usize = 255;
