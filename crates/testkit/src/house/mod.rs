//! Stand-ins for the services of other houses: small HTTP servers on loopback that answer as agreed, or hang, fail, break
//! off and lie, as the test says.

mod kinds;
mod wire;

use std::collections::VecDeque;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

pub use kinds::{lies_of_menu, lies_of_payment, lies_of_stock, menu, payment, stock};
pub use wire::Asked;

/// A request that is longer is cut off; the product's ports send far less.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Requests that are remembered.
const REMEMBERED_MAX: usize = 10_000;
/// A peer that says nothing for so long is gone.
const PEER_PATIENCE: Duration = Duration::from_secs(30);

/// What a stand-in does with the next requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers as agreed.
    Answer,
    /// Takes the request and says nothing, until it behaves otherwise.
    Hang,
    /// Answers with this status and no body.
    Fail(u16),
    /// Answers 200 with these bytes.
    Lie(Vec<u8>),
    /// Sends half of an answer and breaks the connection.
    BreakOff,
    /// Leads to another address.
    Redirect(String),
}

/// How the agreed answer is made from the question.
type Answering = dyn Fn(&Value) -> Value + Send + Sync;

struct State {
    behaviour: Behaviour,
    asked: VecDeque<Asked>,
    count: usize,
    open: Vec<TcpStream>,
    stopped: bool,
}

struct Shared {
    answering: Box<Answering>,
    state: Mutex<State>,
    changed: Condvar,
}

/// A stand-in that runs; it ends with the value.
pub struct StandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StandIn {
    /// Starts one that answers so.
    ///
    /// # Panics
    /// Where no loopback port can be had.
    #[must_use]
    pub fn start(answering: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("it is bound");
        let state =
            State { behaviour: Behaviour::Answer, asked: VecDeque::new(), count: 0, open: Vec::new(), stopped: false };
        let shared =
            Arc::new(Shared { answering: Box::new(answering), state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        StandIn { shared, address }
    }

    /// Its address, for a port's configuration.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/ask", self.address)
    }

    /// How it behaves from now on; a request that hangs is then answered so.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.state().behaviour = behaviour;
        self.shared.changed.notify_all();
    }

    /// How many requests it got.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.state().count
    }

    /// The requests that it got, the oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.state().asked.iter().cloned().collect()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stopped = true;
        for stream in state.open.drain(..) {
            // One that its peer closed already is no concern.
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let mut state = shared.state();
        if state.stopped {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(kept) = stream.try_clone() else { continue };
        state.open.push(kept);
        drop(state);
        let serving = Arc::clone(shared);
        thread::spawn(move || serve(stream, &serving));
    }
}

/// Answers the requests of one connection until it ends.
fn serve(stream: TcpStream, shared: &Shared) {
    // Without it a peer that went silent would hold the thread.
    let _ = stream.set_read_timeout(Some(PEER_PATIENCE));
    let mut connection = wire::Connection::new(stream);
    while let Some(asked) = connection.read(REQUEST_BYTES_MAX) {
        let mut state = shared.state();
        state.count += 1;
        if state.asked.len() == REMEMBERED_MAX {
            state.asked.pop_front();
        }
        state.asked.push_back(asked.clone());
        while state.behaviour == Behaviour::Hang && !state.stopped {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return;
        }
        let behaviour = state.behaviour.clone();
        drop(state);
        let answer = |body: &Value| (shared.answering)(body).to_string().into_bytes();
        let goes_on = match behaviour {
            Behaviour::Answer | Behaviour::Hang => match serde_json::from_slice(&asked.body) {
                Ok(body) => connection.write(200, &[], &answer(&body)),
                Err(_) => connection.write(400, &[], b""),
            },
            Behaviour::Fail(status) => connection.write(status, &[], b""),
            Behaviour::Lie(bytes) => connection.write(200, &[], &bytes),
            Behaviour::BreakOff => connection.write_half(),
            Behaviour::Redirect(to) => connection.write(307, &[("location", &to)], b""),
        };
        if !goes_on {
            return;
        }
    }
}
