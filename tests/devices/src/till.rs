//! A folder while it is served: a manager is signed in and works.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::client::Client;
use crate::folder::Folder;
use crate::program::command;

/// A till that does not answer for so long is taken for hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running till with a manager's session.
pub struct Till {
    name: String,
    child: Child,
    client: Client,
}

impl Till {
    /// Serves the folder and signs the manager in.
    ///
    /// # Panics
    /// If either is refused.
    pub async fn serve(folder: &Folder) -> Self {
        let log = std::fs::File::create(folder.data.with_file_name("serve.log")).expect("a log file");
        let mut command = command("serve", &folder.data, &folder.witness);
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("the program can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output was piped above")).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("a ready line in time");
        let line = line.expect("standard output is text").unwrap_or_default();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let said = std::fs::read_to_string(folder.data.with_file_name("serve.log")).unwrap_or_default();
            panic!("{}: no ready line but {line:?}: {said}", folder.name)
        });
        let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let client = Client::new(port, ready["token"].as_str().expect("a token"));
        let mut till = Till { name: folder.name.clone(), child, client };
        till.sign_in(&folder.pin).await;
        till
    }

    async fn sign_in(&mut self, pin: &str) {
        let shop = self.ask("shop").await;
        let people = shop["people"].as_array().expect("people").iter().map(|entry| &entry["person"]);
        let manager = people.into_iter().find(|person| person["role"] == "manager").expect("a manager");
        let input = json!({ "person_id": manager["person_id"], "pin": pin, "station": "till" });
        let outcome = self.must("sign_in", input).await;
        self.client.enter(outcome["session"]["session_id"].as_str().expect("a session"));
    }

    /// Sends a command that must be accepted.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn must(&self, name: &str, input: Value) -> Value {
        let said = input.to_string();
        let (status, body) = self.client.command(name, input).await;
        assert_eq!(status, 200, "{}: {name} {said}: {body}", self.name);
        body
    }

    /// Sends a command that must be refused, and gives the refusal's code.
    ///
    /// # Panics
    /// If it is accepted.
    pub async fn refused(&self, name: &str, input: Value) -> String {
        let said = input.to_string();
        let (status, body) = self.client.command(name, input).await;
        assert_ne!(status, 200, "{}: {name} {said} was accepted: {body}", self.name);
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Asks; the answer must come.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn ask(&self, path: &str) -> Value {
        let (status, body) = self.client.query(path).await;
        assert_eq!(status, 200, "{}: {path}: {body}", self.name);
        body
    }

    /// Ends the till in good order, so that its folder is free.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn end(mut self) {
        let id = self.child.id().expect("it runs until it is waited for");
        let told = tokio::process::Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        assert!(told.is_ok_and(|status| status.success()), "{} can't be told to end", self.name);
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends in time");
        assert!(ended.is_ok_and(|status| status.success()), "{} did not end in good order", self.name);
    }
}
