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

/// Runs rounds until `wanted` of them had about the same pressure, at most twice as many; gives the calmest.
pub fn rounds<R, E>(wanted: usize, mut round: impl FnMut() -> Result<R, E>) -> Result<Vec<R>, E> {
    let mut done: Vec<(Figure, R)> = Vec::new();
    while !enough(done.iter().map(|(part, _)| *part).collect(), wanted) {
        let pressure = Pressure::start();
        let result = round()?;
        done.push((pressure.part(), result));
    }
    done.sort_by_key(|(part, _)| *part);
    Ok(done.into_iter().take(wanted).map(|(_, result)| result).collect())
}

/// Whether so many rounds were calm that none has to be repeated, or too many were repeated already.
fn enough(parts: Vec<Figure>, wanted: usize) -> bool {
    let limit = median(parts.iter().copied()).0 + ABOVE_MEDIAN;
    let calm = parts.iter().filter(|part| part.0 <= limit).count();
    calm >= wanted || parts.len() >= wanted * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[i64]) -> Vec<Figure> {
        parts.iter().copied().map(Figure).collect()
    }

    #[test]
    fn rounds_of_about_the_same_pressure_are_not_repeated() {
        assert!(enough(parts(&[900, 950, 930]), 3));
        assert!(!enough(parts(&[900, 950]), 3));
    }

    #[test]
    fn a_round_with_much_more_pressure_than_its_fellows_is_repeated_but_not_for_ever() {
        assert!(!enough(parts(&[100, 120, 600]), 3));
        assert!(enough(parts(&[100, 120, 600, 110]), 3));
        assert!(!enough(parts(&[0, 0, 900, 0, 900]), 4));
        assert!(enough(parts(&[0, 900, 1_800, 2_700, 3_600, 4_500, 5_400, 6_300]), 4));
    }
}
