//! Commands and queries as a host receives them: a name and JSON.

use docket_contracts::{COMMANDS, Command, CommandRequest, ErrorCode, QUERIES, Query};
use serde_json::Value;

use crate::refusal;

/// Takes the first line as a name and the rest as the input: a call that is taken reads back from its own JSON, what
/// is refused names field and rule.
pub fn check(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let (name, rest) = crate::head_and_rest(text);
    request(rest);
    let Ok(input) = serde_json::from_str::<Value>(rest) else { return };
    command(name, &input);
    query(name, &input);
}

fn command(name: &str, input: &Value) {
    match Command::parse(name, input.clone()) {
        Ok(command) => {
            assert!(input.is_object() && command.name() == name, "{name}");
            let written = serde_json::to_value(&command).expect("a command is plain data");
            assert_eq!(written["name"], name);
            assert_eq!(Command::parse(name, written["input"].clone()).ok(), Some(command), "{written}");
        }
        Err(error) => {
            let known = COMMANDS.iter().any(|entry| entry.name == name);
            assert_eq!(error.code, if known { ErrorCode::BadInput } else { ErrorCode::UnknownCommand });
            refusal::check_api(&error);
        }
    }
}

fn query(name: &str, input: &Value) {
    match Query::parse(name, input.clone()) {
        Ok(query) => {
            assert!(input.is_object() && query.name() == name, "{name}");
            let written = serde_json::to_value(&query).expect("a query is plain data");
            assert_eq!(Query::parse(name, written["input"].clone()).ok(), Some(query), "{written}");
        }
        Err(error) => {
            let known = QUERIES.iter().any(|entry| entry.name == name);
            assert_eq!(error.code, if known { ErrorCode::BadInput } else { ErrorCode::UnknownQuery });
            refusal::check_api(&error);
        }
    }
}

/// A whole request reads back as well. Its input is compared once it is a command: a fraction in a field that no
/// command has may lose its last digit, and is refused anyway.
fn request(text: &str) {
    if let Ok(request) = serde_json::from_str::<CommandRequest>(text) {
        let written = serde_json::to_string(&request).expect("a request is plain data");
        let again: CommandRequest = serde_json::from_str(&written).expect("what was written reads back");
        assert_eq!((again.command_id, again.expected_version), (request.command_id, request.expected_version));
    }
}
