//! Every limit of the HTTP host, so that no client, broken or hostile, can hold more than its share.

use std::time::Duration;

/// What one start of the host allows. [`Limits::PRODUCT`] is what runs; tests shorten the times.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest body of a command, in bytes.
    pub body_bytes_max: usize,
    /// Largest body of a command that brings a menu or a part of a file, in bytes: a menu of many thousand products fits.
    pub menu_body_bytes_max: usize,
    /// Largest head of a request (request line and headers), in bytes.
    pub head_bytes_max: usize,
    /// Most headers of a request.
    pub headers_max: usize,
    /// Open connections at once, change feeds included. Further ones wait in the listener's backlog.
    pub connections_max: usize,
    /// A connection whose next request head takes longer is closed; idle ones too.
    pub head_timeout: Duration,
    /// A body that takes longer to arrive is refused and its connection closed.
    pub body_timeout: Duration,
    /// A command or query that takes longer is answered as `busy`; it may still take effect, so the client repeats
    /// it with the same command id.
    pub request_timeout: Duration,
    /// A connection whose client takes nothing of what is sent for this long is closed.
    pub stalled_write_timeout: Duration,
    /// What open requests are given to end when the program ends.
    pub drain_timeout: Duration,
}

impl Limits {
    /// The limits of the product.
    pub const PRODUCT: Limits = Limits {
        body_bytes_max: 256 * 1024,
        menu_body_bytes_max: 4 * 1024 * 1024,
        head_bytes_max: 16 * 1024,
        headers_max: 64,
        connections_max: 512,
        head_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(10),
        request_timeout: Duration::from_secs(30),
        stalled_write_timeout: Duration::from_secs(30),
        drain_timeout: Duration::from_secs(5),
    };
}

/// How often `enrol` looks whether the shop of a store that was joined has come down.
pub const SHOP_LOOKS: u32 = 300;
/// Milliseconds between two looks.
pub const SHOP_LOOK_MS: u64 = 200;

/// Spans that wait for the collector; later ones are lost while it is full.
pub const SPANS_WAITING_MAX: usize = 2_048;
/// Spans of one message to the collector.
pub const SPANS_AT_ONCE_MAX: usize = 512;
/// How long spans are gathered before they are sent.
pub const SPANS_EVERY_MS: u64 = 500;
/// How long the collector may take.
pub const SPANS_SEND_MS: u64 = 2_000;
