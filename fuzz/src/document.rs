//! Documents that a fact names by hash: the catalogue with its parts, and the staff list.

use docket_domain::catalog::document::{DocumentError, DocumentHash, Manifest, Part, assemble, split};
use docket_domain::staff::StaffList;
use serde_json::value::RawValue;

use crate::refusal;

/// Parts of one input.
const PARTS_MAX: usize = 16;

/// Takes the first line as a manifest, then as the header of a manifest whose parts are the lines after it; their
/// hashes are right, since bytes can't guess one. A catalogue that comes of it is what its own document says.
pub fn check(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let (first, rest) = crate::head_and_rest(text);
    staff(first);
    match Manifest::parse(first.as_bytes().to_vec()) {
        Ok(manifest) => {
            assert_eq!(manifest.bytes(), first.as_bytes(), "a manifest is its bytes");
            assert_eq!(manifest.hash(), DocumentHash::of(first.as_bytes()));
            assert!(manifest.size() >= first.len() as u64);
            assembled(&manifest, &[]);
        }
        Err(error) => refused(&error),
    }
    let parts: Vec<Part> = rest.lines().take(PARTS_MAX).map(|line| Part::new(line.as_bytes().to_vec())).collect();
    if serde_json::from_str::<&RawValue>(first).is_ok()
        && let Ok(manifest) = Manifest::parse(manifest_of(first, &parts).into_bytes())
    {
        assembled(&manifest, &parts);
    }
}

fn manifest_of(header: &str, parts: &[Part]) -> String {
    let reference = |part: &Part| {
        let sha256 = serde_json::to_string(&part.hash()).expect("a hash is a text");
        format!(r#"{{"sha256":{sha256},"bytes":{}}}"#, part.bytes().len())
    };
    let parts = parts.iter().map(reference).collect::<Vec<_>>().join(",");
    format!(r#"{{"format":"docket.catalogue/1","header":{header},"parts":[{parts}]}}"#)
}

fn assembled(manifest: &Manifest, parts: &[Part]) {
    match assemble(manifest, parts) {
        Ok(catalogue) => {
            assert_eq!(catalogue.header(), manifest.header());
            let (own, own_parts) = split(&catalogue);
            let read = Manifest::parse(own.bytes().to_vec()).expect("a manifest that was just written");
            let again = assemble(&read, &own_parts).expect("a document that was just cut");
            assert_eq!(again, catalogue, "a catalogue is what its document says");
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &DocumentError) {
    refusal::check("document", &error.to_string());
}

fn staff(text: &str) {
    let Ok(list) = serde_json::from_str::<StaffList>(text) else { return };
    let written = serde_json::to_string(&list).expect("a staff list is plain data");
    assert_eq!(serde_json::from_str::<StaffList>(&written).ok().as_ref(), Some(&list));
    if let Err(rejection) = list.check() {
        refusal::check("people", &rejection.to_string());
    }
}
