//! `price`: the till's pricing on an order of anybody's making.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use docket_contracts::ApiError;
use docket_domain::pricing::json::price_json;

use super::{Verdict, print, unreadable};

pub(super) fn price(file: &Path) -> Result<Verdict, ApiError> {
    let text = read(file).map_err(|error| unreadable(file, &error))?;
    let (totals, sound) = price_json(&text);
    print(&format!("{totals:#}\n"))?;
    Ok(if sound { Verdict::Sound } else { Verdict::Faulty })
}

fn read(file: &Path) -> io::Result<String> {
    if file != Path::new("-") {
        return fs::read_to_string(file);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
