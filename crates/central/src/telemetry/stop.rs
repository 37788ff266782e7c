//! How the service ends: SIGTERM or Ctrl-C asks, and whoever is at work finishes what it has begun.

use std::sync::Arc;

use tokio::sync::watch;

/// Told once that the service is to end. Cheap to clone; all clones hear it.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: watch::Receiver<bool>,
    asker: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// One that only [`Stop::ask`] ends, as in a test.
    #[must_use]
    pub fn new() -> Self {
        let (asker, asked) = watch::channel(false);
        Stop { asked, asker: Arc::new(asker) }
    }

    /// One that SIGTERM and Ctrl-C end. Listens when this returns, so that who is told 'ready' may end us at once.
    ///
    /// # Errors
    /// If the system lets nobody listen to signals.
    #[cfg(unix)]
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = Self::new();
        let asked = stop.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            tracing::info!(signal = name, "asked to stop; finishing what was begun");
            asked.ask();
        });
        Ok(stop)
    }

    /// One that Ctrl-C ends.
    ///
    /// # Errors
    /// Never here.
    #[cfg(not(unix))]
    pub fn on_signals() -> std::io::Result<Self> {
        let stop = Self::new();
        let asked = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                asked.ask();
            }
        });
        Ok(stop)
    }

    /// Asks everybody to end.
    pub fn ask(&self) {
        self.asker.send_replace(true);
    }

    /// The same as a watch, for what waits on several things: true once it is asked for.
    #[must_use]
    pub fn receiver(&self) -> watch::Receiver<bool> {
        self.asked.clone()
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Resolves when it is asked for, at once if it was already.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        // The sender lives as long as this value, so waiting can't fail.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_hears_it_whenever_it_asks() {
        let stop = Stop::new();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { stop.asked().await }
        });
        assert!(!stop.is_asked());
        stop.clone().ask();
        waiting.await.unwrap();
        stop.asked().await;
        assert!(stop.is_asked());
    }
}
