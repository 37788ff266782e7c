//! Rows as a table for people or as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::figure::Figure;

/// What a row must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// Ours is at most so many times the anchor.
    AtMostTimes(Figure),
    /// Ours is at least so many times the anchor.
    AtLeastTimes(Figure),
    /// Ours is at most the anchor and so much more.
    AtMostMore(Figure),
    /// The row is for information.
    Printed,
}

/// One measured row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Such as C1.
    pub id: &'static str,
    /// What is measured.
    pub measure: &'static str,
    /// The till.
    pub ours: Figure,
    /// What it is held against.
    pub anchor: Figure,
    /// Unit of both.
    pub unit: &'static str,
    /// Median of the rounds' ratios.
    pub ratio: Figure,
    /// What must hold.
    pub must: Must,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    measure: &'a str,
    ours: Box<RawValue>,
    anchor: Box<RawValue>,
    unit: &'a str,
    ratio: Box<RawValue>,
    must: String,
    holds: Option<bool>,
}

impl Row {
    /// Whether the row holds; none where nothing is asked.
    pub fn holds(&self) -> Option<bool> {
        match self.must {
            Must::AtMostTimes(limit) => Some(self.ratio <= limit),
            Must::AtLeastTimes(limit) => Some(self.ratio >= limit),
            Must::AtMostMore(limit) => Some(self.ours.minus(self.anchor) <= limit),
            Must::Printed => None,
        }
    }

    fn must_text(&self) -> String {
        match self.must {
            Must::AtMostTimes(limit) => format!("≤ {limit} ×"),
            Must::AtLeastTimes(limit) => format!("≥ {limit} ×"),
            Must::AtMostMore(limit) => format!("≤ + {limit}"),
            Must::Printed => "printed".into(),
        }
    }
}

/// A JSON array; figures are numbers.
pub fn json(rows: &[Row]) -> String {
    let number = |figure: Figure| RawValue::from_string(figure.to_string()).expect("a decimal is a JSON number");
    let lines: Vec<Line<'_>> = rows
        .iter()
        .map(|row| Line {
            id: row.id,
            measure: row.measure,
            ours: number(row.ours),
            anchor: number(row.anchor),
            unit: row.unit,
            ratio: number(row.ratio),
            must: row.must_text(),
            holds: row.holds(),
        })
        .collect();
    serde_json::to_string_pretty(&lines).expect("rows hold texts and numbers")
}

/// A table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| id | measure | ours | anchor | unit | ratio | must | holds |\n|---|---|---:|---:|---|---:|---|---|\n",
    );
    for row in rows {
        let holds = match row.holds() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "–",
        };
        let (id, measure, unit, must) = (row.id, row.measure, row.unit, row.must_text());
        let (ours, anchor, ratio) = (row.ours, row.anchor, row.ratio);
        writeln!(text, "| {id} | {measure} | {ours} | {anchor} | {unit} | {ratio} | {must} | {holds} |")
            .expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: u64, must: Must) -> Row {
        let (ours, anchor) = (Figure::whole(ours), Figure::whole(2));
        Row { id: "C1", measure: "m", ours, anchor, unit: "µs", ratio: ours.over(anchor), must }
    }

    #[test]
    fn a_row_holds_as_its_must_says() {
        assert_eq!(row(3, Must::AtMostTimes(Figure(1_500))).holds(), Some(true));
        assert_eq!(row(4, Must::AtMostTimes(Figure(1_500))).holds(), Some(false));
        assert_eq!(row(4, Must::AtLeastTimes(Figure(1_500))).holds(), Some(true));
        assert_eq!(row(6, Must::AtMostMore(Figure(4_000))).holds(), Some(true));
        assert_eq!(row(7, Must::AtMostMore(Figure(4_000))).holds(), Some(false));
        assert_eq!(row(7, Must::Printed).holds(), None);
    }

    #[test]
    fn json_carries_figures_as_numbers() {
        let value: serde_json::Value = serde_json::from_str(&json(&[row(3, Must::Printed)])).expect("valid");
        assert!(value[0]["ours"].is_number() && value[0]["holds"].is_null());
    }
}
