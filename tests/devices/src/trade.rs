//! Plays scripts on running tills.

use docket_acceptance::merged;
use serde_json::json;

use crate::row::{Act, Row};
use crate::shop::order_id;
use crate::till::Till;

/// Does the acts, each of which must be accepted and change something.
///
/// # Panics
/// If one is not.
pub async fn play(till: &Till, row: &Row, acts: &[Act]) {
    for act in acts {
        let (name, mut input) = row.command(*act);
        if let Act::Close(_) = act {
            let order = till.ask(&format!("order?order_id={}", order_id(row.number))).await;
            let exceptions = order["exceptions"].as_array().expect("exceptions").iter();
            let open: Vec<_> = exceptions.filter(|exception| exception["closed"].is_null()).collect();
            assert_eq!(open.len(), 1, "row {}: {order}", row.number);
            input = merged(input, json!({ "exception_id": open[0]["exception_id"] }));
        }
        let outcome = till.must(name, input).await;
        assert_eq!(outcome["applied"], true, "row {}: {name} changed nothing", row.number);
    }
}
