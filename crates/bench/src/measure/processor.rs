//! Processor time of other processes and of this thread, user and system together, as `/proc` counts it.

use std::collections::BTreeMap;

/// How many of its ticks `/proc` counts in a second; on Linux the same on every machine.
const TICKS: u64 = 100;

/// Processor time of some processes until now.
#[derive(Debug, Clone)]
pub struct Spent(BTreeMap<u32, u64>);

impl Spent {
    /// What these have spent since they were started. One that has ended counts nothing.
    pub fn by(pids: &[u32]) -> Self {
        Self(pids.iter().map(|pid| (*pid, ticks(&format!("/proc/{pid}/stat")))).collect())
    }

    /// Microseconds that these have spent since then; one that is new counts from its start.
    pub fn micros_since(&self, before: &Self) -> u64 {
        let spent = |(pid, now): (&u32, &u64)| now.saturating_sub(before.0.get(pid).copied().unwrap_or(0));
        self.0.iter().map(spent).sum::<u64>() * 1_000_000 / TICKS
    }
}

/// Microseconds that this thread has spent.
pub fn of_this_thread() -> u64 {
    ticks("/proc/thread-self/stat") * 1_000_000 / TICKS
}

fn ticks(path: &str) -> u64 {
    times(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or(0)
}

/// User and system time; the name before them stands in brackets and may hold anything.
fn times(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut field = || fields.next()?.parse::<u64>().ok();
    Some(field()? + field()?)
}

#[cfg(test)]
mod tests {
    use super::{Spent, of_this_thread, times};

    #[test]
    fn times_are_found_behind_a_name_with_blanks_and_brackets() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 9 9 20 0 1 0 5";
        assert_eq!(times(stat), Some(300));
        assert_eq!(times(""), None);
    }

    #[test]
    fn a_thread_that_works_spends_time() {
        let own = std::process::id();
        let (before, thread) = (Spent::by(&[own]), of_this_thread());
        let mut sum = 0_u64;
        while of_this_thread() < thread + 30_000 {
            sum = (0..10_000).fold(sum, |sum: u64, number| sum.rotate_left(7) ^ number);
        }
        std::hint::black_box(sum);
        assert!(Spent::by(&[own]).micros_since(&before) >= 20_000);
    }
}
