//! Writes the signed fixtures anew. Their bytes never change; this is for adding to them.

use docket_devices::fixture::{files, path};

fn main() -> std::io::Result<()> {
    for (name, content) in files() {
        std::fs::write(path(name), content)?;
    }
    Ok(())
}
