//! `import-menu`: a menu file becomes the catalogue, in an empty folder the shop as well.

use std::fs;
use std::path::Path;

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::catalog::import::ImportReport;

use super::{Common, Verdict, line_of, print, unreadable};

pub(super) async fn import_menu(file: &Path, menu_id: Option<&str>, common: &Common) -> Result<Verdict, ApiError> {
    // Read first: a missing file must not leave a new store behind.
    let text = fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let terminal = common.open(false).await?;
    let result = terminal.import_menu(&text, menu_id).await;
    terminal.close().await;
    match result {
        Ok(outcome) => {
            if outcome.shop_made {
                print("a shop was made for this menu\n")?;
            }
            if let Some(pin) = &outcome.first_pin {
                print(&format!("the manager signs in with PIN {pin}; it is shown this once and kept nowhere\n"))?;
            }
            print(&in_words(&outcome.report))?;
            Ok(Verdict::Sound)
        }
        Err(error) if error.code == ErrorCode::MenuFault => {
            for fault in &error.details {
                eprintln!("{fault}");
            }
            eprintln!("{}", line_of(&ApiError { details: Vec::new(), ..error }));
            Ok(Verdict::Faulty)
        }
        Err(error) => Err(error),
    }
}

/// The report for a person: what came in, what was decided, and everything that was left out.
fn in_words(report: &ImportReport) -> String {
    let counts = &report.counts;
    let mut text = format!(
        "{} ({}), prices in {}\n\
         {} products in {} categories ({} with an open price), {} taxes\n\
         {} modifier groups with {} options, {} products with {} sizes, {} combos\n",
        report.menu_name,
        report.menu_id,
        report.currency.code(),
        counts.products,
        counts.categories,
        counts.open_prices,
        counts.taxes,
        counts.modifier_groups,
        counts.modifier_options,
        counts.products_with_variants,
        counts.variants,
        counts.combos,
    );
    let note = |note: &docket_domain::catalog::import::ImportNote| format!("{}: {}", note.place, note.text);
    let notes: Vec<String> = report.notes.iter().map(note).collect();
    let noted: Vec<String> = report.noted_fields.iter().map(note).collect();
    section(&mut text, "decided by the importer", notes.len(), &notes);
    section(&mut text, "fields that only inform", as_len(counts.noted_fields), &noted);
    section(&mut text, "unknown fields, not imported", as_len(counts.unknown_fields), &report.unknown_fields);
    text
}

/// One list of the report; where it was cut, the heading has the whole number.
fn section(text: &mut String, heading: &str, count: usize, lines: &[String]) {
    if count == 0 {
        return;
    }
    text.push_str(&format!("{heading} ({count}):\n"));
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
    if count > lines.len() {
        text.push_str(&format!("  and {} more\n", count - lines.len()));
    }
}

fn as_len(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
