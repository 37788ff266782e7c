//! Lines of an export, as another device sends them.

use docket_log::limits::LINE_BYTES_MAX;
use docket_log::wire::{Line, parse_line, row_line, stub_line};
use docket_log::{LogOpened, Prev, Row, SeenVector, row_hash};

use crate::refusal;

/// Reads each line: a row or stub that is taken has one text form and reads back from it, columns and all; what is
/// refused names its member.
pub fn check(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    seen_has_one_form(text);
    for line in text.lines() {
        match parse_line(line) {
            Ok(Line::Row(row)) => {
                let written = row_line(&row);
                assert!(written.len() <= LINE_BYTES_MAX, "what was read can be written");
                assert_eq!(parse_line(&written), Ok(Line::Row(row.clone())), "{written}");
                columns_hold(&row);
            }
            Ok(Line::Stub(stub)) => assert_eq!(parse_line(&stub_line(&stub)), Ok(Line::Stub(stub))),
            Err(error) => refusal::check("line", &error.to_string()),
        }
    }
}

fn columns_hold(row: &Row) {
    row.seen.as_deref().inspect(|seen| assert!(seen_has_one_form(seen), "a row with a broken seen was taken"));
    assert!(row.payload.starts_with('{') && !row.actor.is_empty() && row.seq > 0 && row.schema_version > 0);
    assert_eq!(row_hash(&Prev::Nothing, row), row_hash(&Prev::Nothing, &row.clone()));
    if row.event_type == "log.opened"
        && let Ok(opened) = serde_json::from_str::<LogOpened>(&row.payload)
    {
        let written = serde_json::to_string(&opened).expect("an opening is texts and numbers");
        assert_eq!(serde_json::from_str::<LogOpened>(&written).ok(), Some(opened), "{written}");
    }
}

/// Whether the text is a `seen`; if so, it is the only text of what it says.
fn seen_has_one_form(text: &str) -> bool {
    let Ok(seen) = SeenVector::parse(text) else { return false };
    assert_eq!(seen.to_text().as_deref(), Some(text));
    true
}
