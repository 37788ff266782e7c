//! The fold law: any order, any doubling, any batching and a rebuild give the same order.

use docket_domain::order::Fact;
use docket_testkit::Device;
use docket_testkit::device::folded;
use docket_testkit::history::{Act, acts, all_facts, play};
use proptest::prelude::*;

/// Histories with orders in which to fold their facts: indices that are drawn again and again.
fn shuffled() -> impl Strategy<Value = (Vec<Act>, Vec<prop::sample::Index>)> {
    (acts(), prop::collection::vec(any::<prop::sample::Index>(), 0..60))
}

/// The facts in a drawn order, some of them doubled, then the rest backwards.
fn reorder(facts: &[Fact], drawn: &[prop::sample::Index]) -> Vec<Fact> {
    let first = drawn.iter().map(|index| facts[index.index(facts.len())].clone());
    first.chain(facts.iter().rev().cloned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_order_of_arrival_gives_the_same_order((acts, drawn) in shuffled()) {
        let facts = all_facts(&play(&acts));
        let (whole, mixed) = (folded(&facts), folded(&reorder(&facts, &drawn)));
        prop_assert_eq!(&whole, &mixed);
        prop_assert_eq!(whole.version_token(), mixed.version_token());
        prop_assert_eq!(whole.derive(), mixed.derive());
    }

    #[test]
    fn sums_taken_over_from_the_order_before_are_those_of_pricing_again((acts, drawn) in shuffled()) {
        let facts = all_facts(&play(&acts));
        let mut before = None;
        let mut state = folded(&[]);
        for fact in reorder(&facts, &drawn) {
            state.evolve(fact);
            let now = state.derive_after(before.as_ref());
            prop_assert_eq!(&now, &state.derive());
            before = now;
        }
    }

    #[test]
    fn devices_that_hold_the_same_facts_show_the_same(acts in acts()) {
        let mut devices = play(&acts);
        for _ in 0..2 {
            for to in 0..devices.len() {
                for from in 0..devices.len() {
                    let source = devices[from].clone();
                    devices[to].receive(&source, usize::MAX);
                }
            }
        }
        let rebuilt = folded(&all_facts(&devices));
        for device in &devices {
            prop_assert_eq!(device.state(), &rebuilt);
            prop_assert_eq!(device.view(), rebuilt.derive());
        }
    }

    #[test]
    fn money_is_the_sum_of_its_facts(acts in acts()) {
        for device in play(&acts) {
            let order = device.order();
            let captured: i64 = order.payments.iter().map(|payment| payment.amount_minor).sum();
            prop_assert_eq!(order.captured_minor, captured);
            prop_assert_eq!(order.balance_minor, order.due_minor - captured + order.refunded_minor);
            let sums = order.totals.sums;
            prop_assert_eq!(sums.net_minor + sums.tax_minor, sums.total_minor);
        }
    }

    #[test]
    fn work_that_met_a_cancel_unseen_is_always_on_some_screen(acts in acts()) {
        let state = folded(&all_facts(&play(&acts)));
        let order = state.derive().expect("till 1 opened it");
        for (cancel, work) in unseen_work(&all_facts(&play(&acts)), &state) {
            let raised = order.exceptions.iter().any(|exception| exception.facts.contains(&cancel));
            prop_assert!(raised, "{:?} met {:?}", cancel, work);
        }
    }
}

/// Pairs of a cancel and a fact of production that did not see each other.
fn unseen_work(
    facts: &[Fact],
    state: &docket_domain::order::OrderState,
) -> Vec<(docket_domain::ids::EventId, docket_domain::ids::EventId)> {
    use docket_domain::order::FactBody::Known;
    use docket_domain::order::OrderEvent::{Cancelled, LinesHandedOver, LinesReady, LinesRecalled, PreparationStarted};
    let cancels = facts.iter().filter(|fact| matches!(fact.body, Known(Cancelled(_))));
    let works =
        |body: &_| matches!(body, Known(PreparationStarted(_) | LinesReady(_) | LinesRecalled(_) | LinesHandedOver(_)));
    let work: Vec<&Fact> = facts.iter().filter(|fact| works(&fact.body)).collect();
    cancels
        .filter(|cancel| docket_domain::order::authority::counts("order.cancelled", cancel.origin.class))
        .flat_map(|cancel| work.iter().map(move |work| (cancel, *work)))
        .filter(|(cancel, work)| state.concurrent(&place(cancel), &place(work)))
        .map(|(cancel, work)| (cancel.id, work.id))
        .collect()
}

fn place(fact: &Fact) -> docket_domain::order::held::Place {
    docket_domain::order::held::Place {
        id: fact.id,
        log: fact.origin.log,
        seq: fact.origin.seq,
        hash: fact.hash,
        device: fact.origin.device,
        class: fact.origin.class,
        clock: fact.clock,
        wall_time_ms: fact.wall_time_ms,
        business_day: fact.business_day,
    }
}

#[test]
fn a_token_tells_sets_apart_and_not_their_order() {
    let mut till = Device::till(1);
    till.must(&docket_testkit::samples::create_coffees(2));
    let facts = till.facts();
    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
    assert_eq!(folded(&facts).version_token(), folded(&backwards).version_token());
    assert_ne!(folded(&facts).version_token(), folded(&facts[1..]).version_token());
    assert!(folded(&facts).version_token().to_string().starts_with("3-"));
}

#[test]
fn seen_is_written_only_where_it_grew() {
    let (mut till, mut other) = (Device::till(1), Device::till(2));
    till.must(&docket_testkit::samples::create_coffees(1));
    other.receive(&till, usize::MAX);
    let first = other.must(&docket_testkit::samples::cancel());
    assert_eq!(first[0].seen, [(till.facts()[0].origin.log, 2)]);
    let second = other.must(&docket_domain::order::OrderCommand::Reinstate { reason: None });
    assert!(second[0].seen.is_empty());
}

#[test]
fn both_branches_of_a_fork_are_kept() {
    let mut original = Device::till(1);
    original.must(&docket_testkit::samples::create_coffees(1));
    let mut restored = original.clone();
    original.must(&docket_domain::order::OrderCommand::SetTable(Some("left".into())));
    restored.must(&docket_domain::order::OrderCommand::SetTable(Some("right".into())));
    let facts: Vec<Fact> = original.facts().into_iter().chain(restored.facts()).collect();
    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
    let state = folded(&facts);
    assert_eq!(state, folded(&backwards));
    assert_eq!(state.version_token().count, 4);
}

#[test]
fn generated_histories_reach_every_kind_of_exception_and_status() {
    use docket_domain::order::{ExceptionKind, OrderStatus};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::collections::BTreeSet;
    let mut runner = TestRunner::deterministic();
    let (mut kinds, mut statuses) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..1_000 {
        let acts = acts().new_tree(&mut runner).unwrap().current();
        let order = folded(&all_facts(&play(&acts))).derive().unwrap();
        kinds.extend(order.exceptions.iter().map(|exception| exception.kind));
        statuses.insert(order.status);
    }
    use ExceptionKind::*;
    let all =
        [AlreadyMade, CancelledAfterHandover, RefundDue, Overpaid, ChangedAfterFiring, ConflictingEdit, ItemAfterClose];
    assert_eq!(kinds, all.into_iter().collect());
    assert_eq!(statuses, OrderStatus::ALL.into_iter().collect());
}
