//! A look through an export before a folder joins its shop: which shop, and which letters its devices carry.

use std::collections::HashSet;
use std::io::{self, BufRead};

use docket_domain::ids::{StoreId, TenantId};
use docket_log::{ChainVerifier, Mode, Row};

use super::intake::opened;
use super::lines::{Line, Lines};
use crate::store::peers::Link;

/// Letters that devices carry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Letters(pub(crate) HashSet<String>);

/// Every shop that a row 1 of the file names and whose key signed that row.
///
/// # Errors
/// If the reader fails.
pub(crate) fn survey_openings(reader: impl BufRead, letters: &mut Letters) -> io::Result<HashSet<(TenantId, StoreId)>> {
    let mut lines = Lines::new(reader);
    let mut shops = HashSet::new();
    while let Some((_, line)) = lines.next()? {
        let Line::Link(Link::Row(row)) = line else { continue };
        if row.seq == 1
            && holds(&row)
            && let Some(stated) = opened(&row)
        {
            shops.insert((stated.tenant, stated.store));
            letters.0.insert(stated.letter);
        }
    }
    Ok(shops)
}

fn holds(row: &Row) -> bool {
    ChainVerifier::from_opening(row, Mode::Full).is_ok_and(|mut verifier| verifier.push(row).is_ok())
}
