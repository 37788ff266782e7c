//! The signed fixtures are what their generator gives.

use docket_devices::fixture::{files, path};
use docket_log::wire::{Line, parse_line};
use docket_log::{ChainVerifier, LogId, Mode};

#[test]
fn the_generator_gives_the_bytes_that_are_kept() {
    for (name, content) in files() {
        let kept = std::fs::read_to_string(path(name)).expect("the fixture is kept");
        assert_eq!(kept, content, "{name}");
    }
}

#[test]
fn every_kept_log_is_chained_and_signed_to_its_end() {
    let text: String = files().into_iter().map(|(_, content)| content).collect();
    let rows = text.lines().filter_map(|line| match parse_line(line) {
        Ok(Line::Row(row)) => Some(*row),
        _ => None,
    });
    let rows: Vec<_> = rows.collect();
    let logs: Vec<LogId> = rows.iter().filter(|row| row.seq == 1).map(|row| row.log).collect();
    assert_eq!(logs.len(), 3, "founder, till and kitchen");
    for log in logs {
        let mut of_log = rows.iter().filter(|row| row.log == log).peekable();
        let opening = of_log.peek().expect("a log has an opening");
        let mut verifier = ChainVerifier::from_opening(opening, Mode::Full).expect("the opening holds");
        of_log.for_each(|row| verifier.push(row).expect("the row follows"));
        verifier.finish().expect("the log ends on a signed row");
    }
}
