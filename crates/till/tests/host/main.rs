//! The HTTP host over a real socket, with a stand-in behind it.

mod access;
/// It reads what the system says of a process.
#[cfg(target_os = "linux")]
mod bad_input;
mod calls;
mod client;
mod download;
mod endurance;
mod feed;
mod import_log;
mod prove;
mod screens;
mod stand_in;
mod tools;

use std::time::Duration;

use docket_till::http::{Bundle, Server};
use docket_till::limits::Limits;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use client::Request;
use stand_in::StandIn;

/// A host that runs for one test.
struct Running {
    port: u16,
    token: String,
    address: String,
    host: StandIn,
    end: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        Self::with(Bundle::Missing, Limits::PRODUCT).await
    }

    async fn with(bundle: Bundle, limits: Limits) -> Self {
        let host = StandIn::default();
        let server = Server::bind(host.clone(), 0, bundle, limits).await.unwrap();
        let (end, ended) = oneshot::channel();
        Running {
            port: server.port(),
            token: server.access().token().to_owned(),
            address: server.access().address().unwrap(),
            host,
            end: Some(end),
            server: tokio::spawn(server.run(async { drop(ended.await) })),
        }
    }

    /// A request with a right Host header and no token.
    fn stranger(&self, method: &str, path: &str) -> Request {
        Request::new(self.port, method, path)
    }

    /// A request with the token of the start.
    fn request(&self, method: &str, path: &str) -> Request {
        self.stranger(method, path).header("Authorization", &format!("Bearer {}", self.token))
    }

    fn command(&self, name: &str, body: &str) -> Request {
        self.request("POST", &format!("/api/commands/{name}")).json(body)
    }

    /// The path with the one-time token.
    fn one_time_path(&self) -> String {
        self.address.split_once(&self.port.to_string()).unwrap().1.to_owned()
    }

    async fn end(mut self) {
        self.end.take().unwrap().send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.server).await.unwrap().unwrap();
    }
}
