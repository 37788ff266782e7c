//! A statement for people: what is equal, and what is missing.

use docket_contracts::statement::Statement;

use super::Proven;

/// The table that `docket-central prove` prints.
#[must_use]
pub fn table(proven: &Proven) -> String {
    let statement = &proven.statement;
    let mut text = format!(
        "store        {}\nbusiness day {}\nversion      {}{}\n\n",
        statement.store,
        day_text(statement.business_day),
        statement.version,
        if proven.is_new { "" } else { " (unchanged)" },
    );
    text.push_str(&logs(statement));
    text.push_str(&money(statement));
    text.push_str(&format!(
        "{:<14} {:>12} messages   {}\n",
        "outbox",
        statement.outbox.count,
        short(&statement.outbox.hash_sum)
    ));
    text.push_str(&format!(
        "{:<14} {:>12} messages   {}\n\n",
        "Kafka",
        statement.kafka.count,
        short(&statement.kafka.hash_sum)
    ));
    let findings = statement.findings();
    for finding in &findings {
        text.push_str(&format!("  {finding}\n"));
    }
    text.push_str(if findings.is_empty() { "EQUAL: nothing is missing\n" } else { "NOT EQUAL\n" });
    text
}

fn logs(statement: &Statement) -> String {
    let mut text = format!("{:<34} {:>8} {:>10} {:>10}  sum of hashes\n", "log", "branch", "device", "here");
    for log in &statement.logs {
        let told = match (&log.told, log.own) {
            (Some(told), _) => told.count.to_string(),
            (None, true) => "-".to_owned(),
            (None, false) => "?".to_owned(),
        };
        text.push_str(&format!(
            "{:<34} {:>8} {:>10} {:>10}  {}\n",
            log.log.to_string(),
            log.branch,
            told,
            log.held.count,
            short(&log.held.hash_sum)
        ));
    }
    text.push('\n');
    text
}

fn money(statement: &Statement) -> String {
    let told = |of: fn(&docket_contracts::statement::Money) -> i64| {
        statement.told_money.iter().map(|told| of(&told.money)).fold(0, i64::saturating_add)
    };
    let line = |what: &str, told: i64, held: i64| {
        format!("{what:<14} {told:>12} devices   {held:>12} here   minor units {}\n", statement.currency)
    };
    line("captured", told(|money| money.captured_minor), statement.money.captured_minor)
        + &line("refunded", told(|money| money.refunded_minor), statement.money.refunded_minor)
}

/// Enough of a sum to compare by eye.
fn short(sum: &str) -> String {
    format!("{}…", &sum[..16.min(sum.len())])
}

/// A day as people write it: 2026-11-21.
#[must_use]
pub fn day_text(day: i32) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}
