//! How much other work disturbed a round.

use crate::figure::{Figure, median};
use crate::stopwatch::Stopwatch;

/// A round with more than so much pressure above the median of all is repeated, in thousandths of its time.
const ABOVE_MEDIAN: i64 = 150;

/// Time for which some task of the machine waited for a core, since it was started.
pub struct Pressure {
    waited_us: u64,
    watch: Stopwatch,
}

impl Pressure {
    /// Starts now.
    pub fn start() -> Self {
        Self { waited_us: waited_us(), watch: Stopwatch::start() }
    }

    /// The part of the time since then; 0 where the kernel doesn't tell.
    pub fn part(self) -> Figure {
        let waited = waited_us().saturating_sub(self.waited_us);
        Figure::part(waited, self.watch.nanos() / 1_000)
    }
}

fn waited_us() -> u64 {
    let text = std::fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let some = text.lines().find(|line| line.starts_with("some")).unwrap_or_default();
    some.rsplit_once("total=").and_then(|(_, total)| total.parse().ok()).unwrap_or(0)
}

/// Runs rounds until `wanted` of them had about the same pressure, at most twice as many.
pub fn rounds<R, E>(wanted: usize, mut round: impl FnMut() -> Result<R, E>) -> Result<Vec<R>, E> {
    let mut done: Vec<(Figure, R)> = Vec::new();
    for _ in 0..wanted * 2 {
        let pressure = Pressure::start();
        let result = round()?;
        done.push((pressure.part(), result));
        if done.len() >= wanted {
            let limit = median(done.iter().map(|(part, _)| *part)).0 + ABOVE_MEDIAN;
            if done.iter().filter(|(part, _)| part.0 <= limit).count() >= wanted {
                break;
            }
        }
    }
    done.sort_by_key(|(part, _)| *part);
    Ok(done.into_iter().take(wanted).map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_rounds_are_not_repeated() {
        let mut count = 0;
        let results: Result<Vec<u32>, ()> = rounds(3, || {
            count += 1;
            Ok(count)
        });
        let results = results.expect("no round fails");
        assert_eq!(results.len(), 3);
        assert!(count <= 6);
    }
}
