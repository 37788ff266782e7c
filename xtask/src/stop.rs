//! Ctrl-C and SIGTERM, kept as a number that the waiting loops look at.
//!
//! A handler that ended xtask at once would orphan its children; so the signal is only noted,
//! and whoever waits for a child passes it on and stays until the child is gone.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::Failure;

static RECEIVED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Starts to note the signals that ask us to end.
pub fn listen() {
    let received = RECEIVED.get_or_init(|| Arc::new(AtomicUsize::new(0)));
    #[cfg(unix)]
    let signals = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
    #[cfg(not(unix))]
    let signals = [SIGINT, SIGTERM];
    for signal in signals {
        let number = usize::try_from(signal).expect("signal numbers are positive");
        signal_hook::flag::register_usize(signal, Arc::clone(received), number)
            .expect("these signals may be handled and the flag lives as long as the program");
    }
}

/// The signal that asked us to end, if one did.
pub fn asked() -> Option<i32> {
    let number = RECEIVED.get()?.load(Ordering::SeqCst);
    i32::try_from(number).ok().filter(|signal| *signal != 0)
}

/// Refuses to begin anything new once we were asked to end.
pub fn unless_asked() -> Result<(), Failure> {
    match asked() {
        Some(signal) => Err(Failure::Stopped(signal)),
        None => Ok(()),
    }
}
