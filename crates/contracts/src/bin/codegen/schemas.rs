//! The JSON Schemas of the integration events. One that would break the readers of the committed one is not written.

use std::path::Path;

use docket_contracts::integration::{EVENTS, breaks, file_name, schema, schema_text};

/// Path and text of each schema.
pub fn files() -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    let mut broken = Vec::new();
    for kind in EVENTS {
        let name = file_name(kind);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(&name);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let found = breaks(&serde_json::from_str(&text)?, &schema(kind));
                broken.extend(found.iter().map(|found| format!("{name}: {found}")));
            }
            // A kind that is new has no readers yet.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        files.push((format!("crates/contracts/schemas/{name}"), schema_text(kind)));
    }
    if broken.is_empty() {
        return Ok(files);
    }
    Err(format!("breaks who reads the committed schemas; make a new version instead: {}", broken.join("; ")).into())
}
