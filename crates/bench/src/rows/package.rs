//! B1a: the package that people install, against the one of the smallest window.

use std::path::Path;

use crate::error::BenchError;
use crate::figure::Figure;
use crate::measure::sampler::variable;
use crate::report::{Must, Row};

/// Measures the row.
pub fn row() -> Result<Row, BenchError> {
    let (deb, bare) = (variable("DOCKET_DEB")?, variable("DOCKET_BARE_DEB")?);
    // The format of fonts is compressed already, so a font is in the package with its own size.
    let fonts = fonts_below(&variable("DOCKET_UI")?)?;
    let (ours, anchor) = (Figure::part(size(&deb)?.saturating_sub(fonts), 1_000), Figure::part(size(&bare)?, 1_000));
    Ok(Row {
        id: "B1a",
        measure: "the .deb without its fonts, against that of the smallest window",
        ours,
        anchor,
        unit: "kB",
        ratio: ours.over(anchor),
        must: Must::AtMostTimes(Figure(4_000)),
    })
}

fn size(file: &Path) -> Result<u64, BenchError> {
    std::fs::metadata(file).map(|metadata| metadata.len()).map_err(BenchError::file("look at", file))
}

fn fonts_below(folder: &Path) -> Result<u64, BenchError> {
    let failed = || BenchError::file("read", folder);
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if path.is_dir() {
            bytes += fonts_below(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "woff2") {
            bytes += size(&path)?;
        }
    }
    Ok(bytes)
}
