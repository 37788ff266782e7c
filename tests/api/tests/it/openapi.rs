//! The OpenAPI document taken at its word: property-based calls of everything that it describes, and a client that is
//! generated from it.

use std::process::Command;

use docket_strangers::{Dev, must, must_json, own, python};

/// Calls of each kind for an operation; with these the run takes about a minute.
const EXAMPLES: &str = "40";
/// Chains of calls along the document's links; these take about a quarter of a minute.
const SCENARIOS: &str = "60";
/// Links that are followed at the least, of 17. Which ones hangs on chance, as ids do.
const LINKS_FOLLOWED: u32 = 10;
/// The run is the same each time.
const SEED: &str = "7";
/// No 5xx, no undocumented answer, and no answer that is not as the document says.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// A property-based run calls more often than a person.
const UNHURRIED: [(&str, &str); 2] =
    [("DOCKET_API_RATE_TOKEN", "100000/100000"), ("DOCKET_API_RATE_ADDRESS", "100000/100000")];

fn document(dev: &Dev) -> String {
    format!("{}/api/v1/openapi.json", dev.rest())
}

/// Runs schemathesis, which must find nothing, and gives what it said. A payment service is there: without one a page to pay at is
/// answered with a 503 by design.
fn schemathesis(before: &[&str], checks: &str, phases: &str, examples: &str) -> String {
    let payment = docket_testkit::house::payment();
    let [token, address] = UNHURRIED;
    let dev = Dev::start(&[token, address, ("DOCKET_PAYMENT_URL", &payment.url())]);
    let mut command = Command::new(python("schemathesis"));
    command.args(before).args(["run", &document(&dev), "--checks", checks, "--seed", SEED, "--max-examples", examples]);
    command.args(["--phases", phases, "--workers", "1", "--request-timeout", "20"]);
    // A change feed waits for news by design; what matters is how it answers.
    command.args(["--suppress-health-check", "all", "--no-color", "--output-truncate", "false"]);
    let ended = command.current_dir(dev.folder.path()).output().expect("schemathesis starts");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{said}\n{}", dev.said());
    said
}

#[test]
fn no_call_that_the_document_allows_or_forbids_gets_a_5xx_or_an_answer_that_it_does_not_know() {
    let _ = schemathesis(&[], CHECKS, "examples,coverage,fuzzing", EXAMPLES);
}

#[test]
fn what_was_made_can_be_followed_along_the_documents_links_and_gets_no_answer_that_it_does_not_know() {
    let config = own("stateful.toml");
    let config = config.to_str().expect("a path in text");
    // What was made has to be there as well.
    let checks = format!("{CHECKS},ensure_resource_availability");
    let said = schemathesis(&["--config-file", config], &checks, "stateful", SCENARIOS);
    let links = said.lines().find_map(|line| line.trim().strip_prefix("API Links:")).unwrap_or_default();
    let covered = links.split_whitespace().next().and_then(|number| number.parse().ok());
    assert!(covered >= Some(LINKS_FOLLOWED), "few links were followed, so few things were made:{links}");
}

#[test]
fn a_client_that_is_generated_from_the_document_places_and_reads_an_order() {
    let dev = Dev::start(&[]);
    let client = dev.folder.path().join("client");
    let mut generate = Command::new(python("openapi-python-client"));
    generate.args(["generate", "--meta", "none", "--fail-on-warning", "--url", &document(&dev), "--output-path"]);
    // Its formatter is looked for on the path.
    let tools = python("");
    let path = std::env::join_paths(
        [tools].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let _ = must(generate.arg(&client).env("PATH", path.expect("a path")));
    let mut command = Command::new(python("python"));
    command.arg(own("generated.py")).arg(dev.rest()).env("PYTHONPATH", dev.folder.path());
    let read = must_json(&mut command);
    assert_eq!((&read["total"], &read["status"]), (&"25.00".into(), &"confirmed".into()), "{read}");
}
