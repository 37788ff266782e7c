//! A program that was started: waited for, told when we are asked to end, ended when dropped.

use std::process::{Child, ExitStatus};
use std::time::Duration;

use crate::failure::Failure;
use crate::stop;
use crate::stopwatch::Stopwatch;

/// How often a child is looked at.
pub(super) const POLL: Duration = Duration::from_millis(25);
/// After Ctrl-C a terminal has told the child too; a second signal is sent only if it stays.
const CTRL_C_HEAD_START: Duration = Duration::from_millis(400);
/// A till flushes and closes well within this; what takes longer hangs.
const GRACE: Duration = Duration::from_secs(15);

/// A program that runs in the background until it is dropped.
pub struct Running {
    child: Child,
    name: String,
}

impl Running {
    pub(super) fn of(child: Child, name: String) -> Self {
        Self { child, name }
    }

    /// Whether it ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) fn wait(&mut self, finish_when_stopped: bool) -> Result<ExitStatus, Failure> {
        let mut asked = Asked::default();
        loop {
            if let Some(status) = self.look(&mut asked, finish_when_stopped)? {
                return Ok(status);
            }
            std::thread::sleep(POLL);
        }
    }

    /// One look at the child: has it ended, and must it be told to?
    pub(super) fn look(&mut self, asked: &mut Asked, finish_when_stopped: bool) -> Result<Option<ExitStatus>, Failure> {
        let looked = self.child.try_wait();
        let ended = looked.map_err(|error| Failure::said(format!("can't wait for '{}': {error}", self.name)))?;
        if let (None, false, Some(signal)) = (ended, finish_when_stopped, stop::asked()) {
            asked.pass_on(signal, &mut self.child);
        }
        Ok(ended)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        ask(&mut self.child);
        let watch = Stopwatch::start();
        while watch.elapsed() < GRACE / 5 {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(POLL);
        }
        // Neither can fail in a way that matters: the child has ended or is about to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How far we are in ending one child after a signal.
#[derive(Default)]
pub(super) struct Asked {
    since: Option<Stopwatch>,
    told: bool,
}

impl Asked {
    fn pass_on(&mut self, signal: i32, child: &mut Child) {
        let since = *self.since.get_or_insert_with(Stopwatch::start);
        let head_start = if signal == signal_hook::consts::SIGINT { CTRL_C_HEAD_START } else { Duration::ZERO };
        if !self.told && since.elapsed() >= head_start {
            self.told = true;
            ask(child);
        }
        if since.elapsed() > GRACE {
            // It has ended meanwhile, or ends now.
            let _ = child.kill();
        }
    }
}

/// Asks a child to end. It has not been waited for, so its number can't belong to another yet.
#[cfg(unix)]
fn ask(child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended a moment ago; then there is nothing to ask.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

#[cfg(not(unix))]
fn ask(child: &mut Child) {
    let _ = child.kill();
}
