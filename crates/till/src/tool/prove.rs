//! `prove`: what this till holds of a day, and whether a statement of head office says the same.

use std::path::Path;

use docket_contracts::ApiError;
use docket_domain::money::{Currency, Money};
use docket_terminal::statement::{Signed, StatementCheck};
use docket_terminal::tally::DayTally;

use super::{Common, Verdict, print, unreadable};

pub(super) fn prove(day: i32, statement: Option<&Path>, common: &Common) -> Result<Verdict, ApiError> {
    let data = common.data_folder();
    let read = statement.map(|file| std::fs::read_to_string(file).map_err(|error| unreadable(file, &error)));
    let read = read.transpose()?;
    // A statement about a store that this till was in before is held against what the till holds of that one.
    let store = read.as_deref().map(docket_terminal::statement::store_of).transpose()?;
    let tally = docket_terminal::tally::tally(&data, day, store)?;
    let mut text = own(&tally);
    let mut verdict = Verdict::Sound;
    if let Some(read) = read {
        let check = docket_terminal::statement::check(&data, &tally, &read)?;
        let sound = check.signed == Signed::Good && check.findings.is_empty() && check.statement.equal;
        verdict = if sound { Verdict::Sound } else { Verdict::Faulty };
        text.push_str(&compared(&check));
    }
    print(&text)?;
    Ok(verdict)
}

fn own(tally: &DayTally) -> String {
    let mut text =
        format!("business day {}\n\n{:<34} {:>8}  sum of hashes\n", day_text(tally.business_day), "log", "rows");
    for log in &tally.logs {
        text.push_str(&format!("{:<34} {:>8}  {}\n", log.log.to_string(), log.rows, log.sum));
    }
    let amount = |minor| match Currency::try_from_code(&tally.currency) {
        Ok(currency) => format!("{} {}", Money::new(minor, currency).to_decimal_string(), tally.currency),
        Err(_) => format!("{minor} (minor units)"),
    };
    text.push_str(&format!("\ntaken here     {}\n", amount(tally.captured_minor)));
    text.push_str(&format!("paid out here  {}\n", amount(tally.refunded_minor)));
    text.push_str(&match tally.waiting_rows {
        0 => "head office has confirmed every row\n".to_owned(),
        rows => format!("{rows} rows wait for head office\n"),
    });
    text
}

fn compared(check: &StatementCheck) -> String {
    let signed = match check.signed {
        Signed::Good => "good, by the key that this till was given when it was enrolled",
        Signed::False => "FALSE: not by the key that this till was given, or the text was changed",
        Signed::Unknown => "UNKNOWN: this till was never enrolled",
    };
    let mut text = format!("\nstatement      version {}\nsignature      {signed}\n", check.statement.version);
    for finding in &check.findings {
        text.push_str(&format!("  {finding}\n"));
    }
    if !check.statement.equal {
        text.push_str("  head office itself says that the day is not equal\n");
    }
    let equal = check.findings.is_empty() && check.statement.equal && check.signed == Signed::Good;
    text.push_str(if equal { "EQUAL: head office says the same\n" } else { "NOT EQUAL\n" });
    text
}

/// A day as people write it.
fn day_text(day: i32) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

/// Reads a day as people or programs write it.
///
/// # Errors
/// A sentence for who typed it.
pub(crate) fn parse_day(text: &str) -> Result<i32, String> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let whole = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let day = digits.parse::<i32>().ok().filter(|_| whole);
    let is_date = |day: &i32| (1..=12).contains(&(day / 100 % 100)) && (1..=31).contains(&(day % 100));
    day.filter(is_date).ok_or_else(|| format!("{text} is no day such as 2026-11-21"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_in_both_forms_and_nothing_else_is_one() {
        assert_eq!((parse_day("2026-11-21"), parse_day("20261121")), (Ok(20_261_121), Ok(20_261_121)));
        for wrong in ["", "today", "2026-13-01", "2026-11-32", "+0261121"] {
            assert!(parse_day(wrong).is_err(), "{wrong}");
        }
        assert_eq!(day_text(20_261_121), "2026-11-21");
    }
}
