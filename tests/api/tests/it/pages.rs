//! docs/INTEGRATION.md and docs/API.md are run as they stand: the first as one shell, the second request by request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use docket_circle::program::binary;
use docket_strangers::Dev;
use docket_testkit::postgres;
use serde_json::Value;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The fenced blocks of a page with their languages, in their order.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The folder of our programs before the others.
fn search_path() -> std::ffi::OsString {
    let own: PathBuf = binary("docket-central").parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([own].into_iter().chain(std::env::split_paths(&others))).expect("a path")
}

#[test]
fn the_commands_of_the_integration_guide_bring_an_order_into_the_kitchen() {
    let shell: String = blocks(&page("INTEGRATION.md"))
        .into_iter()
        .filter(|(language, _)| language == "sh")
        .map(|(_, text)| text)
        .collect();
    assert!(shell.contains("kitchen_board"), "the guide ends in the kitchen");
    let (folder, database) = (tempfile::tempdir().expect("a folder"), postgres::database());
    // What the guide starts in the background ends with the shell, as with a person's terminal.
    let script = format!("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n{shell}");
    // A step that waits in vain ends the guide, and so the test.
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", "300", "bash", "-c", &script]).current_dir(folder.path()).stdin(Stdio::null());
    command.env("PATH", search_path()).env("DATABASE_URL", database.url());
    let ended = command.output().expect("bash starts");
    let (said, errors) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}\n{errors}");
    assert!(said.contains("on the kitchen_board: HO-001"), "{said}\n{errors}");
    assert!(said.contains("order.status-changed") && said.trim_end().ends_with("404"), "{said}\n{errors}");
}

/// What differs from run to run, by its form: ids, times, positions and tags.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.:+".contains(letter)) {
        let (word, end) = match word.char_indices().next_back() {
            Some((at, letter)) if !letter.is_ascii_alphanumeric() && !"-_.:+".contains(letter) => word.split_at(at),
            _ => (word, ""),
        };
        let id = word.len() == 36 && word.matches('-').count() == 4;
        let time = word.len() >= 20 && word.ends_with('Z') && word.contains('T');
        let token = word.len() >= 40;
        out.push_str(if id {
            "(id)"
        } else if time {
            "(time)"
        } else if token {
            "(token)"
        } else {
            word
        });
        out.push_str(end);
    }
    out
}

/// Runs a request of the page, and gives status line and body as the page shows them.
fn asked(dev: &Dev, request: &str, known: &BTreeMap<String, String>) -> (String, String) {
    let mut shell = request.replace("http://127.0.0.1:8080", &dev.rest()).replace("127.0.0.1:9000", &dev.grpc());
    for (name, value) in known {
        shell = shell.replace(&format!("${name}"), value);
    }
    let mut command = Command::new("bash");
    command.args(["-c", &shell]).env("PATH", search_path()).stdin(Stdio::null());
    let ended = command.output().expect("bash starts");
    assert!(ended.status.success(), "{shell}\n{}", String::from_utf8_lossy(&ended.stderr));
    let said = String::from_utf8_lossy(&ended.stdout).replace("\r\n", "\n");
    let (head, body) = said.split_once("\n\n").unwrap_or((&said, ""));
    (head.lines().next().unwrap_or_default().trim().to_owned(), body.trim().to_owned())
}

#[test]
fn each_request_of_the_api_page_gets_the_answer_that_the_page_shows() {
    let payment = docket_testkit::house::payment();
    let dev = Dev::start(&[("DOCKET_PAYMENT_URL", &payment.url())]);
    let mut known = BTreeMap::new();
    let mut request: Option<String> = None;
    let mut compared = 0;
    for (language, text) in blocks(&page("API.md")) {
        match (language.as_str(), request.take()) {
            ("sh", _) => request = Some(text),
            ("http", Some(asking)) => {
                let (status, body) = asked(&dev, &asking, &known);
                let (shown, shown_body) = text.split_once("\n\n").unwrap_or((text.trim(), ""));
                let shown = shown.lines().next().unwrap_or_default();
                assert_eq!(status, shown, "{asking}\n{body}");
                let as_value =
                    |text: &str| serde_json::from_str::<Value>(&plain(text)).unwrap_or(Value::String(plain(text)));
                assert_eq!(as_value(&body), as_value(shown_body.trim()), "{asking}\n{body}");
                if let Ok(Value::Object(body)) = serde_json::from_str::<Value>(&body) {
                    for (name, value) in body.iter().filter_map(|(name, value)| Some((name, value.as_str()?))) {
                        known.insert(name.to_uppercase(), value.to_owned());
                    }
                }
                compared += 1;
            }
            _ => {}
        }
    }
    assert!(compared >= 8, "the page shows {compared} answers");
}
