//! A server program that a test starts, in a folder of its own. Both are gone when the test's process is, however that
//! ends: a small shell waits for the other end of its input to close, ends the server, and removes the folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use std::os::unix::process::CommandExt;

/// How often something awaited is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Folders of an earlier process with our number that may be in the way.
const NAMES_TRIED_MAX: u32 = 1_000;
/// Lines of a server's log that a failure shows.
const LOG_LINES_SHOWN: usize = 30;

/// $1 is the folder, $2 the signal that ends the server whose number stands in the file `pid`. A server that has ended
/// but was not waited for yet still has its number, so its state is looked at too.
const GUARD: &str = r#"
trap '' INT TERM HUP
cat > /dev/null
pid=$(cat "$1/pid" 2> /dev/null)
if [ -n "$pid" ] && kill -"$2" "$pid" 2> /dev/null; then
  looks=0
  while kill -0 "$pid" 2> /dev/null && ! grep -q '^State:.Z' "/proc/$pid/status" 2> /dev/null; do
    looks=$((looks + 1))
    if [ "$looks" -gt 200 ]; then kill -KILL "$pid" 2> /dev/null; break; fi
    sleep 0.05
  done
fi
rm -rf "$1"
"#;

static PLACES: AtomicU32 = AtomicU32::new(0);

/// A server's folder, and who removes it.
struct Place {
    folder: PathBuf,
    guard: Child,
}

impl Place {
    fn make(parent: &Path, name: &str, signal: &str) -> Self {
        let folder = (0..NAMES_TRIED_MAX).find_map(|_| {
            let number = PLACES.fetch_add(1, Ordering::Relaxed);
            let folder = parent.join(format!("docket-{name}-{}-{number}", std::process::id()));
            std::fs::create_dir(&folder).is_ok().then_some(folder)
        });
        let folder = folder.unwrap_or_else(|| panic!("can't make a folder in {}", parent.display()));
        // The server may run as another user.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(&folder, open).expect("a folder just made is ours");
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(&folder).arg(signal);
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let guard = guard.spawn().unwrap_or_else(|error| panic!("can't start sh: {error}"));
        Self { folder, guard }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // It removes the folder; what it can't remove is no test's business.
        let _ = self.guard.wait();
    }
}

/// How a server is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SIGTERM.
    Term,
    /// SIGINT.
    Int,
    /// SIGQUIT.
    Quit,
    /// SIGKILL.
    Kill,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }

    const fn signal(self) -> rustix::process::Signal {
        match self {
            Self::Term => rustix::process::Signal::TERM,
            Self::Int => rustix::process::Signal::INT,
            Self::Quit => rustix::process::Signal::QUIT,
            Self::Kill => rustix::process::Signal::KILL,
        }
    }
}

/// A server in its folder, running or not.
pub(crate) struct Service {
    place: Place,
    last: Ending,
    child: Option<Child>,
}

impl Service {
    /// A folder for a server, below `parent`. `last` is how it ends when nobody ended it before.
    pub(crate) fn new(parent: &Path, name: &str, last: Ending) -> Self {
        Self { place: Place::make(parent, name, last.name()), last, child: None }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// Starts it; what it says goes to the file `log`.
    pub(crate) fn start(&mut self, mut command: Command) {
        let log = File::options().create(true).append(true).open(self.folder().join("log"));
        let log = log.expect("the folder is ours");
        let errors = log.try_clone().expect("a file just opened");
        // In a group of its own, so that Ctrl-C at a terminal ends the test first and the server through the guard.
        command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("can't start {command:?}: {error}"));
        std::fs::write(self.pid_file(), child.id().to_string()).expect("the folder is ours");
        self.child = Some(child);
    }

    fn pid_file(&self) -> PathBuf {
        self.folder().join("pid")
    }

    /// Whether it runs; a server that ended by itself is forgotten.
    pub(crate) fn is_running(&mut self) -> bool {
        let ended = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
        if ended {
            self.forget();
        }
        !ended
    }

    fn forget(&mut self) {
        self.child = None;
        // It may never have been written.
        let _ = std::fs::remove_file(self.pid_file());
    }

    /// Tells it to end and waits until it has; after `patience` it is killed.
    pub(crate) fn end(&mut self, ending: Ending, patience: Duration) -> Option<ExitStatus> {
        let child = self.child.as_mut()?;
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It has not been waited for, so the number is still its own; it may have ended already.
            let _ = rustix::process::kill_process(pid, ending.signal());
        }
        let mut status = until(patience, || child.try_wait().ok().flatten());
        if status.is_none() {
            // It ends now, or has ended.
            let _ = child.kill();
            status = child.wait().ok();
        }
        self.forget();
        status
    }

    /// Does what the end of the process does: the guard's input closes, and all the rest is the guard's.
    #[cfg(test)]
    pub(crate) fn leave_to_the_guard(&mut self) {
        drop(self.place.guard.stdin.take());
        self.place.guard.wait().expect("the guard is our child");
    }

    /// The end of what it said.
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.folder().join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end(self.last, Duration::from_secs(10));
    }
}

/// Looks until there is an answer, at least for as long as `patience`.
pub(crate) fn until<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let looks = patience.as_millis() / LOOK.as_millis() + 1;
    for _ in 0..looks {
        if let Some(found) = look() {
            return Some(found);
        }
        std::thread::sleep(LOOK);
    }
    None
}
