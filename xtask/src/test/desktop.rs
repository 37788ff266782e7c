//! The real window, driven by WebDriver on a screen that exists only in memory.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use super::count::Count;
use super::stages::Setup;
use crate::failure::{Failure, io};
use crate::process::{Running, Task, find_program};
use crate::stop;
use crate::stopwatch::Stopwatch;
use crate::ui as interface;
use crate::workspace::locked;

/// Goes with the Tauri version of the desktop app.
const DRIVER_VERSION: &str = "2.1.0";
const START: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// Builds the app as people get it, and runs the tests that drive its windows.
pub fn desktop(setup: &Setup) -> Result<Count, Failure> {
    interface::build(setup.workspace, &setup.node()?)?;
    let app = setup.built("docket")?;
    let driver_program = driver_program(setup)?;
    let screen = Screen::open()?;
    let driver = Driver::start(driver_program, &screen)?;
    let task = Task::cargo().args(["test", "--no-fail-fast", "--package", "docket-desktop-tests"]).args(locked());
    let task = task.args(["--", "--test-threads=1"]).env("DOCKET_APP", app).env("DOCKET_WEBDRIVER", &driver.address);
    setup.cargo_test(screen.shown_on(task))
}

/// Installed once under `target/tools`, so that the person's own tools stay as they are.
fn driver_program(setup: &Setup) -> Result<PathBuf, Failure> {
    let tools = setup.workspace.target.join("tools");
    let program = tools.join("bin").join("tauri-driver");
    let installed = std::fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    if !program.is_file() || !installed.contains(&format!("tauri-driver {DRIVER_VERSION} ")) {
        let task = Task::cargo().args(["install", "tauri-driver", "--version", DRIVER_VERSION, "--locked", "--force"]);
        task.arg("--root").arg(&tools).dir(&setup.workspace.root).output_to_stderr().run()?;
    }
    Ok(program)
}

/// A screen without a monitor.
struct Screen {
    number: String,
    _server: Running,
}

impl Screen {
    fn open() -> Result<Self, Failure> {
        let task =
            Task::new("Xvfb").args(["-displayfd", "1", "-screen", "0", "1366x900x24", "-nolisten", "tcp", "-noreset"]);
        let (server, lines) = task.start_reading()?;
        // It prints the number once it can be connected to.
        let number = lines.recv_timeout(START).map_err(|_| Failure::said("Xvfb did not open a screen"))?;
        Ok(Self { number: format!(":{}", number.trim()), _server: server })
    }

    fn shown_on(&self, task: Task) -> Task {
        let task = task.env("DISPLAY", &self.number).env("WAYLAND_DISPLAY", "").env("GDK_BACKEND", "x11");
        // There is no session bus and no graphics card; asking for them costs seconds and may hang.
        task.env("NO_AT_BRIDGE", "1").env("LIBGL_ALWAYS_SOFTWARE", "1")
    }
}

/// The program between the tests and WebKit's own driver.
struct Driver {
    address: String,
    _server: Running,
}

impl Driver {
    fn start(program: PathBuf, screen: &Screen) -> Result<Self, Failure> {
        let native = find_program("WebKitWebDriver").ok_or_else(|| Failure::said("missing: WebKitWebDriver"))?;
        let (port, native_port) = free_ports()?;
        let task = Task::new(program).arg("--port").arg(port.to_string());
        let task = task.arg("--native-port").arg(native_port.to_string()).arg("--native-driver").arg(native);
        let mut server = screen.shown_on(task).output_to_stderr().start()?;
        let watch = Stopwatch::start();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            stop::unless_asked()?;
            if server.has_ended() || watch.elapsed() > START {
                return Err(Failure::said("tauri-driver did not start"));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(Self { address: format!("http://127.0.0.1:{port}"), _server: server })
    }
}

/// Two different ports that nobody listens on now.
fn free_ports() -> Result<(u16, u16), Failure> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(io("no free port"));
    let (first, second) = (listen()?, listen()?);
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port()).map_err(io("no free port"));
    Ok((port(&first)?, port(&second)?))
}
