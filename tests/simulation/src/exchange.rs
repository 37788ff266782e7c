//! How one device's export comes to another: whole, twice, in pieces out of order, broken off, or late.

use std::collections::BTreeMap;

use docket_contracts::ApiError;
use docket_log::wire::{self, Line};
use docket_terminal::import::ImportReport;

use crate::device::Device;
use crate::failure::Failure;
use docket_testkit::dice::Dice;

/// Groups in one piece at most.
const PIECE_GROUPS_MAX: usize = 4;

/// How an export travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As it was written.
    Whole,
    /// As it was written, two times.
    Twice,
    /// In pieces of whole groups, in any order, some of them twice and some not at all.
    Pieces,
    /// Ended in the middle, wherever that is.
    Broken,
    /// As it was written, long after it was.
    Late,
}

/// What a device exports now.
pub fn export(device: &Device) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    docket_terminal::export::export(&device.data(), &mut text).map_err(Failure::till("an export"))?;
    Ok(text)
}

/// The texts that arrive of an export.
pub fn arrivals(way: Way, text: Vec<u8>, dice: &mut Dice) -> Vec<Vec<u8>> {
    match way {
        Way::Whole | Way::Late => vec![text],
        Way::Twice => vec![text.clone(), text],
        Way::Broken => {
            let end = dice.below(text.len());
            vec![text[..end].to_vec()]
        }
        Way::Pieces => {
            let mut pieces = pieces(&text, dice);
            dice.shuffle(&mut pieces);
            let doubled = pieces.len() / 5;
            let again: Vec<Vec<u8>> = pieces.iter().take(doubled).cloned().collect();
            let missing = if dice.one_in(2) { pieces.len() / 4 } else { 0 };
            pieces.truncate(pieces.len() - missing);
            pieces.extend(again);
            pieces
        }
    }
}

/// The rows, cut behind signed ones, so that each piece holds whole groups of one log.
fn pieces(text: &[u8], dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut open: BTreeMap<docket_log::LogId, (Vec<u8>, usize)> = BTreeMap::new();
    let mut pieces = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Some(Ok(Line::Row(row))) = std::str::from_utf8(line).ok().map(|line| wire::parse_line(line.trim_end()))
        else {
            continue;
        };
        let (piece, groups) = open.entry(row.log).or_default();
        piece.extend_from_slice(line);
        if row.signature.is_some() {
            *groups += 1;
            if *groups > dice.below(PIECE_GROUPS_MAX) {
                pieces.push(std::mem::take(piece));
                *groups = 0;
            }
        }
    }
    pieces.extend(open.into_values().map(|(piece, _)| piece).filter(|piece| !piece.is_empty()));
    pieces
}

/// Gives a device a text to take in.
pub async fn deliver(device: &Device, text: &[u8]) -> Result<ImportReport, ApiError> {
    device.till().import_log(text).await
}
