//! The app under the driver, and its windows.

use std::path::{Path, PathBuf};

use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::tell;
use crate::session::Session;
use crate::shop::Shop;
use crate::wait::{LIMIT, NotYet, not_yet, until};

/// One run of the app under the driver.
pub struct App {
    driver: Client,
    data: PathBuf,
    session: Session,
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
        let address = crate::variable("DOCKET_WEBDRIVER");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let driver = builder.capabilities(wanted).connect(&address).await.expect("the driver starts the app");
        let id = driver.session_id().await.expect("the driver answers").expect("the session has begun");
        Self { driver, data: shop.data(), session: Session::begun(&address, &id) }
    }

    /// The window that shows this page, such as `/kitchen`; the till's own page has no name.
    ///
    /// # Panics
    /// If there is none in time.
    pub async fn window(&self, page: &str) -> Window {
        let handle = until(&format!("a window at '{page}'"), async || {
            let mut pages = Vec::new();
            for handle in self.driver.windows().await.map_err(not_yet)? {
                self.driver.switch_to_window(handle.clone()).await.map_err(not_yet)?;
                let address = self.driver.current_url().await.map_err(not_yet)?;
                if address.fragment().unwrap_or_default() == page {
                    return Ok(handle);
                }
                pages.push(address.to_string());
            }
            Err(pages.join(", "))
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
        self.gone().await;
    }

    /// Waits until the app has ended by itself.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn gone(mut self) {
        until("the end of the app", async || match process_of(&self.data) {
            None => Ok(()),
            Some(id) => Err(format!("process {id}")),
        })
        .await;
        self.session.end();
    }
}

impl Drop for App {
    /// A test that failed leaves neither its app nor its session to the next one.
    fn drop(&mut self) {
        if let Some(id) = process_of(&self.data) {
            tell(id, Signal::KILL);
        }
        self.session.end();
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
        let what = format!("a tap on {test_id} '{}'", text.unwrap_or_default());
        until(&what, async || {
            let found = self.first(test_id, text.unwrap_or_default()).await?;
            if !found.is_enabled().await.map_err(not_yet)? {
                return Err("it is disabled".to_owned());
            }
            found.click().await.map_err(not_yet)
        })
        .await;
    }

    /// Types into the field that carries a test id.
    ///
    /// # Panics
    /// If there is no such field in time.
    pub async fn fill(&self, test_id: &str, words: &str) {
        until(&format!("a field {test_id}"), async || {
            let field = self.first(test_id, "").await?;
            field.clear().await.map_err(not_yet)?;
            field.send_keys(words).await.map_err(not_yet)
        })
        .await;
    }

    /// The text of what carries a test id, once it holds the words.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn sees(&self, test_id: &str, words: &str) -> String {
        until(&format!("{test_id} with '{words}'"), async || shown(&self.first(test_id, words).await?).await).await
    }

    /// Waits until an element carries an attribute with a value.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn sees_state(&self, test_id: &str, attribute: &str, value: &str) {
        let selector = format!("[data-testid='{test_id}'][{attribute}='{value}']");
        until(&selector, async || {
            self.focus().await?;
            self.driver.find(Locator::Css(&selector)).await.map(drop).map_err(not_yet)
        })
        .await;
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
        // WebKit takes its picture with the next frame, and a page on which nothing moves draws none.
        const MOVE: &str = "let n = 0; window.moving = setInterval(() => {
            document.body.style.opacity = (n = 1 - n) ? '0.999' : '1' }, 30)";
        self.run(MOVE, Vec::new()).await;
        let picture = tokio::time::timeout(LIMIT, self.driver.screenshot()).await.expect("a picture in time");
        let picture = picture.expect("the driver takes a picture");
        self.run("clearInterval(window.moving); document.body.style.opacity = ''", Vec::new()).await;
        // The program lies in target/PROFILE.
        let program = PathBuf::from(crate::program());
        let target = program.ancestors().nth(2).expect("the program lies below the target folder");
        let folder = target.join("screenshots");
        std::fs::create_dir_all(&folder).expect("the folder for pictures");
        std::fs::write(folder.join(format!("desktop-{name}.png")), picture).expect("the picture is written");
    }

    async fn focus(&self) -> Result<(), NotYet> {
        self.driver.switch_to_window(self.handle.clone()).await.map_err(not_yet)
    }

    /// The first that carries a test id and shows the text. What is drawn anew while we look is not there yet.
    async fn first(&self, test_id: &str, text: &str) -> Result<Element, NotYet> {
        self.focus().await?;
        let selector = format!("[data-testid='{test_id}']");
        let mut others = Vec::new();
        for element in self.driver.find_all(Locator::Css(&selector)).await.map_err(not_yet)? {
            let shown = shown(&element).await?;
            if shown.contains(text) {
                return Ok(element);
            }
            others.push(shown);
        }
        Err(format!("{others:?}"))
    }
}

/// An element's words. The driver's own idea of them leaves out what is cut off with an ellipsis.
async fn shown(element: &Element) -> Result<String, NotYet> {
    let words = element.prop("textContent").await.map_err(not_yet)?.unwrap_or_default();
    Ok(words.split_whitespace().collect::<Vec<_>>().join(" "))
}
