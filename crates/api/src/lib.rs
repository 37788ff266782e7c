//! The public API of head office as protobuf: `order.v1.OrderService`.
//!
//! Only the messages and the service's frame stand here; what they mean is decided in `docket_central::api`, the same for
//! this door and for REST.

/// `order.v1`: messages, client and server of the orders.
pub mod order {
    /// Version 1.
    #[allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated from proto/order/v1/order.proto")]
    pub mod v1 {
        tonic::include_proto!("order.v1");
    }
}

/// The descriptors of all messages and services, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/order.v1.bin"));
