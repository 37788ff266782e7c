//! Production: start, ready, recall, hand over. Each takes the lines it names, or all that fit.

use crate::ids::LineId;
use crate::order::action::Action;
use crate::order::event::{
    LinesHandedOver, LinesReady, LinesRecalled, OrderEvent, PreparationStarted, RecalledVersion, VersionRound,
};
use crate::order::rejection::Rejection;
use crate::order::view::{Line, Order, Step};

use super::Draft;

/// What a line is to a command of the kitchen.
enum Fit {
    Takes,
    Done,
    Refused(Rejection),
}

pub(super) fn start(order: &Order, lines: &[LineId], to: &mut Draft<'_>) -> Result<(), Rejection> {
    let taken = select(order, lines, Action::Start, |step| match step {
        Step::New => Fit::Refused(Rejection::LineNotFired),
        Step::Fired => Fit::Takes,
        Step::Started | Step::Ready | Step::HandedOver => Fit::Done,
    })?;
    if !taken.is_empty() {
        let started = taken.into_iter().map(version_round).collect();
        to.push(OrderEvent::PreparationStarted(PreparationStarted { started }));
    }
    Ok(())
}

pub(super) fn ready(order: &Order, lines: &[LineId], to: &mut Draft<'_>) -> Result<(), Rejection> {
    let taken = select(order, lines, Action::Ready, |step| match step {
        Step::New => Fit::Refused(Rejection::LineNotFired),
        Step::Fired | Step::Started => Fit::Takes,
        Step::Ready | Step::HandedOver => Fit::Done,
    })?;
    if !taken.is_empty() {
        let ready = taken.into_iter().map(version_round).collect();
        to.push(OrderEvent::LinesReady(LinesReady { ready }));
    }
    Ok(())
}

pub(super) fn recall(order: &Order, lines: &[LineId], to: &mut Draft<'_>) -> Result<(), Rejection> {
    let taken = select(order, lines, Action::Recall, |step| match step {
        Step::New => Fit::Refused(Rejection::LineNotFired),
        Step::Fired | Step::Started => Fit::Refused(Rejection::LineNotReady),
        Step::Ready => Fit::Takes,
        Step::HandedOver => Fit::Refused(Rejection::LineHandedOver),
    })?;
    let recalled = taken.into_iter().filter_map(|line| {
        Some(RecalledVersion {
            version: line.version,
            ready: line.production.ready?,
            round: line.production.round.saturating_add(1),
        })
    });
    let recalled: Vec<RecalledVersion> = recalled.collect();
    if !recalled.is_empty() {
        to.push(OrderEvent::LinesRecalled(LinesRecalled { recalled }));
    }
    Ok(())
}

pub(super) fn hand_over(order: &Order, lines: &[LineId], to: &mut Draft<'_>) -> Result<(), Rejection> {
    let taken = select(order, lines, Action::HandOver, |step| match step {
        Step::New => Fit::Refused(Rejection::LineNotFired),
        Step::Fired | Step::Started => Fit::Refused(Rejection::LineNotReady),
        Step::Ready => Fit::Takes,
        Step::HandedOver => Fit::Done,
    })?;
    if !taken.is_empty() {
        let handed_over = taken.into_iter().map(|line| line.version).collect();
        to.push(OrderEvent::LinesHandedOver(LinesHandedOver { handed_over }));
    }
    Ok(())
}

fn version_round(line: &Line) -> VersionRound {
    VersionRound { version: line.version, round: line.production.round }
}

/// The lines that a command takes. Of named lines each has to fit or be done; without names all that fit are taken,
/// and there has to be one that fits or is done.
fn select<'o>(
    order: &'o Order,
    named: &[LineId],
    command: Action,
    fit: impl Fn(Step) -> Fit,
) -> Result<Vec<&'o Line>, Rejection> {
    let mut taken: Vec<&Line> = Vec::new();
    if named.is_empty() {
        let mut done = false;
        for line in order.live_lines() {
            match fit(line.production.step) {
                Fit::Takes => taken.push(line),
                Fit::Done => done = true,
                Fit::Refused(_) => {}
            }
        }
        if taken.is_empty() && !done {
            return Err(Rejection::NothingToDo { command });
        }
        return Ok(taken);
    }
    for id in named {
        let line = order.line(*id).ok_or(Rejection::LineNotFound)?;
        if !line.is_live() {
            return Err(Rejection::LineVoided);
        }
        match fit(line.production.step) {
            Fit::Takes if taken.iter().any(|earlier| earlier.id == line.id) => {}
            Fit::Takes => taken.push(line),
            Fit::Done => {}
            Fit::Refused(rejection) => return Err(rejection),
        }
    }
    Ok(taken)
}
