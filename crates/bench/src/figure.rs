//! A measured number with three decimals, kept as an integer like every number of this workspace.

use std::fmt;

/// Thousandths of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure(pub i64);

impl Figure {
    /// A whole number.
    #[cfg(test)]
    pub fn whole(number: u64) -> Self {
        Self::part(number, 1)
    }

    /// `number / of`; 0 of nothing.
    pub fn part(number: u64, of: u64) -> Self {
        let thousandths = u128::from(number) * 1_000 / u128::from(of.max(1));
        Self(i64::try_from(thousandths).unwrap_or(i64::MAX))
    }

    /// `self / other`.
    pub fn over(self, other: Self) -> Self {
        let number = |figure: Self| u64::try_from(figure.0).unwrap_or(0);
        Self::part(number(self), number(other))
    }

    /// `self − other`.
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:03}", value / 1_000, value % 1_000)
    }
}

/// The middle one; of an even number, the lower middle one.
pub fn median(figures: impl IntoIterator<Item = Figure>) -> Figure {
    let mut sorted: Vec<Figure> = figures.into_iter().collect();
    sorted.sort_unstable();
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(Figure(0))
}

/// Nanoseconds at a quantile (in percent) of the samples, in microseconds.
pub fn quantile(samples: &mut [u64], percent: usize) -> Figure {
    samples.sort_unstable();
    let index = (samples.len() * percent / 100).min(samples.len().saturating_sub(1));
    Figure::part(samples.get(index).copied().unwrap_or(0), 1_000)
}

/// Says for people who watch at which times so many of the samples (nanoseconds) lie.
pub fn show_quantiles(row: &str, name: &str, samples: &mut [u64]) {
    let at: Vec<String> = [50, 90, 95, 98, 99].iter().map(|part| quantile(samples, *part).to_string()).collect();
    eprintln!("{row}: {name}: p50, p90, p95, p98, p99 are {} µs", at.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_keeps_three_decimals() {
        assert_eq!(Figure::whole(3).over(Figure::whole(2)).to_string(), "1.500");
        assert_eq!(Figure(-1_250).to_string(), "-1.250");
    }

    #[test]
    fn the_median_and_the_quantiles_are_samples() {
        assert_eq!(median([3, 1, 2].map(Figure)), Figure(2));
        let mut samples: Vec<u64> = (1..=100).rev().map(|number| number * 1_000).collect();
        assert_eq!(quantile(&mut samples, 50), Figure::whole(51));
        assert_eq!(quantile(&mut samples, 99), Figure::whole(100));
    }
}
