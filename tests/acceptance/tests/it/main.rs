//! The whole till without a window.

mod smoke;
