//! Nothing that xtask started outlives it, not even a grandchild that made a session of its own.
//!
//! On Linux xtask is the reaper of its orphans, so every process below it stays findable in
//! `/proc`. Elsewhere only direct children are ended, by whoever started them.

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;

    use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

    use crate::stopwatch::Stopwatch;

    const GRACE: Duration = Duration::from_secs(3);
    const PAUSE: Duration = Duration::from_millis(30);

    /// Makes orphaned grandchildren ours, so that they can be found at the end.
    pub fn adopt_orphans() {
        // Without it (an old kernel, a sandbox) direct children are still ended; nothing else changes.
        let _ = set_child_subreaper(Some(getpid()));
    }

    /// Ends every process below this one and returns the names of those that were still running.
    pub fn end_descendants() -> Vec<String> {
        let left = descendants();
        let names = left.iter().map(|process| process.name.clone()).collect();
        send(&left, Signal::TERM);
        let watch = Stopwatch::start();
        loop {
            reap();
            let left = descendants();
            if left.is_empty() {
                return names;
            }
            if watch.elapsed() > GRACE {
                send(&left, Signal::KILL);
            }
            if watch.elapsed() > GRACE * 2 {
                return names;
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn send(processes: &[Process], signal: Signal) {
        for process in processes {
            // It may have ended since it was listed; then there is nothing to do.
            let _ = kill_process(process.pid, signal);
        }
    }

    fn reap() {
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
    }

    struct Process {
        pid: Pid,
        parent: Option<Pid>,
        name: String,
    }

    fn descendants() -> Vec<Process> {
        let mut others = running();
        let mut parents = vec![getpid()];
        let mut found = Vec::new();
        while let Some(parent) = parents.pop() {
            let (children, rest) = others.into_iter().partition(|process: &Process| process.parent == Some(parent));
            others = rest;
            parents.extend(children.iter().map(|child| child.pid));
            found.extend(children);
        }
        found
    }

    fn running() -> Vec<Process> {
        let Ok(entries) = std::fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries
            .flatten()
            .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok())
            .filter_map(|stat| parse_stat(&stat))
            .collect()
    }

    /// Reads one `/proc/PID/stat`: `pid (name) state parent …`; zombies are left out.
    fn parse_stat(stat: &str) -> Option<Process> {
        let (head, tail) = stat.rsplit_once(')')?;
        let (pid, name) = head.split_once('(')?;
        let mut fields = tail.split_whitespace();
        if fields.next()? == "Z" {
            return None;
        }
        let parent = fields.next()?.parse().ok()?;
        Some(Process {
            pid: Pid::from_raw(pid.trim().parse().ok()?)?,
            parent: Pid::from_raw(parent),
            name: name.to_owned(),
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_name_may_hold_spaces_and_brackets() {
            let process = parse_stat("42 (Web (Content) x) S 7 42 42 0").expect("a well-formed line");
            assert_eq!(process.pid, Pid::from_raw(42).expect("not zero"));
            assert_eq!(process.parent, Pid::from_raw(7));
            assert_eq!(process.name, "Web (Content) x");
        }

        #[test]
        fn a_zombie_has_already_ended() {
            assert!(parse_stat("42 (sh) Z 7 42 42 0").is_none());
        }
    }
}

#[cfg(target_os = "linux")]
pub use linux::{adopt_orphans, end_descendants};

/// Orphans can't be adopted on this system.
#[cfg(not(target_os = "linux"))]
pub fn adopt_orphans() {}

/// Children were ended by those who started them; nothing else can be found on this system.
#[cfg(not(target_os = "linux"))]
pub fn end_descendants() -> Vec<String> {
    Vec::new()
}
