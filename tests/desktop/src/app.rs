//! The app under the driver, and its windows.

use std::path::{Path, PathBuf};

use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::tell;
use crate::shop::Shop;
use crate::wait::until;

/// One run of the app under the driver.
pub struct App {
    driver: Client,
    data: PathBuf,
}

impl App {
    /// Starts the app in a shop.
    ///
    /// # Panics
    /// If the driver can't start it.
    pub async fn start(shop: &Shop, more: &[&str]) -> Self {
        let mut words = shop.words();
        words.extend(more.iter().map(|word| (*word).to_owned()));
        let options = json!({ "application": crate::program(), "args": words });
        let wanted = Capabilities::from_iter([("tauri:options".to_owned(), options)]);
        let mut driver = ClientBuilder::new(HttpConnector::new());
        let driver = driver.capabilities(wanted).connect(&crate::variable("DOCKET_WEBDRIVER")).await;
        Self { driver: driver.expect("the driver starts the app"), data: shop.data() }
    }

    /// The window that shows this page, such as `#/kitchen`; the till's own page has no name.
    ///
    /// # Panics
    /// If there is none in time.
    pub async fn window(&self, page: &str) -> Window {
        let handle = until(&format!("a window at '{page}'"), async || {
            for handle in self.driver.windows().await.ok()? {
                self.driver.switch_to_window(handle.clone()).await.ok()?;
                let address = self.driver.current_url().await.ok()?;
                if address.fragment().unwrap_or_default() == page {
                    return Some(handle);
                }
            }
            None
        })
        .await;
        Window { driver: self.driver.clone(), handle }
    }

    /// How many windows there are.
    ///
    /// # Panics
    /// If the driver does not answer.
    pub async fn windows(&self) -> usize {
        self.driver.windows().await.expect("the driver answers").len()
    }

    /// Ends the app as the system does, by SIGTERM, and waits until its process is gone.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn end(self) {
        let id = process_of(&self.data).expect("the app runs");
        tell(id, Signal::TERM);
        until("the end of the app", async || process_of(&self.data).is_none().then_some(())).await;
        // The driver finds nobody to close any more, which is what was asked for.
        let _ = self.driver.close().await;
    }
}

/// The process of the app on a data folder, found by what it was started with.
fn process_of(data: &Path) -> Option<u32> {
    let word = data.to_string_lossy().into_owned();
    let program = std::fs::canonicalize(crate::program()).expect("the program under test exists");
    std::fs::read_dir("/proc").expect("/proc").flatten().find_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        let is_ours = std::fs::read_link(entry.path().join("exe")).ok()? == program;
        (is_ours && words.split(|byte| *byte == 0).any(|part| part == word.as_bytes())).then_some(id)
    })
}

/// One window. Each act first makes it the one that the driver speaks to.
pub struct Window {
    driver: Client,
    handle: WindowHandle,
}

impl Window {
    /// Taps what carries a test id and, if one is given, shows a text.
    ///
    /// # Panics
    /// If there is no such thing to tap in time.
    pub async fn tap(&self, test_id: &str, text: Option<&str>) {
        until(&format!("a tap on {test_id} {}", text.unwrap_or_default()), async || {
            let found = self.all(test_id, text).await.into_iter().next()?;
            if !found.is_enabled().await.ok()? {
                return None;
            }
            found.click().await.ok()
        })
        .await;
    }

    /// The text of what carries a test id, once it holds the words.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn sees(&self, test_id: &str, words: &str) -> String {
        until(&format!("{test_id} with '{words}'"), async || {
            self.all(test_id, Some(words)).await.into_iter().next()?.text().await.ok()
        })
        .await
    }

    /// Waits until an element carries an attribute with a value.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn sees_state(&self, test_id: &str, attribute: &str, value: &str) {
        let selector = format!("[data-testid='{test_id}'][{attribute}='{value}']");
        until(&selector.clone(), async || {
            self.focus().await?;
            self.driver.find(Locator::Css(&selector)).await.ok().map(drop)
        })
        .await;
    }

    /// How many things carry a test id now.
    pub async fn count(&self, test_id: &str) -> usize {
        self.all(test_id, None).await.len()
    }

    /// Types a person's name and PIN as they would: a tap on the name, a tap on each digit.
    pub async fn sign_in(&self, name: &str, pin: &str) {
        self.tap("person", Some(name)).await;
        for digit in pin.chars() {
            self.tap(&format!("key-{digit}"), None).await;
        }
        self.tap("pin-enter", None).await;
        self.sees("person-name", name).await;
    }

    /// Goes to a page of the app.
    ///
    /// # Panics
    /// If the driver does not answer.
    pub async fn go(&self, page: &str) {
        self.run("location.hash = arguments[0]", vec![json!(page)]).await;
    }

    /// Calls the shell as a script in this window could: the answer, or what was thrown.
    ///
    /// # Panics
    /// If the driver does not answer.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        const SCRIPT: &str = "const [command, given, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, given).then((ok) => done({ ok }), (thrown) => done({ thrown }))";
        self.focus().await.expect("the window is open");
        let answer = self.driver.execute_async(SCRIPT, vec![json!(command), arguments]).await.expect("an answer");
        if answer.get("thrown").is_some() { Err(answer["thrown"].clone()) } else { Ok(answer["ok"].clone()) }
    }

    /// Runs a script and returns its answer.
    ///
    /// # Panics
    /// If the driver does not answer, or the script throws.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.focus().await.expect("the window is open");
        self.driver.execute(script, arguments).await.expect("the script runs")
    }

    /// Keeps a picture of the window under `target/screenshots`.
    ///
    /// # Panics
    /// If it can't be taken or written.
    pub async fn picture(&self, name: &str) {
        self.focus().await.expect("the window is open");
        let picture = self.driver.screenshot().await.expect("the driver takes a picture");
        // The program lies in target/PROFILE.
        let program = PathBuf::from(crate::program());
        let target = program.ancestors().nth(2).expect("the program lies below the target folder");
        let folder = target.join("screenshots");
        std::fs::create_dir_all(&folder).expect("the folder for pictures");
        std::fs::write(folder.join(format!("desktop-{name}.png")), picture).expect("the picture is written");
    }

    async fn focus(&self) -> Option<()> {
        self.driver.switch_to_window(self.handle.clone()).await.ok()
    }

    /// What carries a test id and shows the text. What is drawn anew while we look counts as not there yet.
    async fn all(&self, test_id: &str, text: Option<&str>) -> Vec<Element> {
        if self.focus().await.is_none() {
            return Vec::new();
        }
        let selector = format!("[data-testid='{test_id}']");
        let mut found = Vec::new();
        for element in self.driver.find_all(Locator::Css(&selector)).await.unwrap_or_default() {
            let shows = match text {
                None => true,
                Some(text) => element.text().await.is_ok_and(|shown| shown.contains(text)),
            };
            if shows {
                found.push(element);
            }
        }
        found
    }
}
