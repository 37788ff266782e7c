//! The desktop app: windows around one terminal. It composes and forwards; it holds no rule and no store of its own.
//!
//! `options` reads the command line, `windows` says which windows there are, `displays` on which display each stands,
//! `arrangement` keeps that and kiosk mode, `arrange` changes it, `engine` says how the windows are drawn, `host` is the
//! terminal's command list over Tauri's IPC, `feeds` carries the change feed to each window, `ending` hears when the
//! program is to end.

mod arrange;
mod arrangement;
mod displays;
mod ending;
#[cfg(target_os = "linux")]
mod engine;
mod feeds;
mod host;
mod logging;
mod options;
mod windows;

use std::ffi::OsString;
use std::process::ExitCode;

use docket_contracts::{ApiError, ErrorCode};
use docket_terminal::{DemoPin, OpenOptions, Terminal};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};

use crate::arrangement::Arrangement;
use crate::feeds::Feeds;
use crate::options::{Asked, Options};

/// The command line itself is wrong.
const WRONG_COMMAND_LINE: u8 = 2;

/// Runs the app until its main window is closed or it is told to end.
pub fn run(words: impl Iterator<Item = OsString>) -> ExitCode {
    let options = match options::read(words) {
        Ok(Asked::Run(options)) => options,
        Ok(Asked::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("docket: {error}; see docket --help");
            return ExitCode::from(WRONG_COMMAND_LINE);
        }
    };
    logging::start();
    #[cfg(target_os = "linux")]
    engine::set_up();
    match run_windows(options) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", line_of(&error));
            ExitCode::FAILURE
        }
    }
}

fn run_windows(options: Options) -> Result<ExitCode, ApiError> {
    windows::check_window_system()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed("the program could not start its threads", &error))?;
    // Tauri runs the commands of the windows on the terminal's own runtime.
    tauri::async_runtime::set(runtime.handle().clone());
    // Heard from here on, so that being told to end while the store opens is not the end of the store.
    let told =
        runtime.block_on(async { ending::listen() }).map_err(|error| failed("signals can't be heard", &error))?;
    let demo = options.demo;
    let open = OpenOptions { data: options.data.clone(), witness: options.witness.clone(), demo };
    let terminal = runtime.block_on(Terminal::open(open))?;
    // A till sells without head office, whatever is wrong with the way there.
    if let Err(error) = runtime.block_on(terminal.attach()) {
        tracing::error!(%error, "head office can't be attached");
    }
    say_pins(&terminal.demo_pins());

    let shown = show(&terminal, options, told);
    // Whatever the windows came to, what is queued is written and the store is left closed.
    runtime.block_on(terminal.close());
    shown
}

/// Shows the windows and stays until they are gone.
fn show(
    terminal: &Terminal,
    options: Options,
    told: impl Future<Output = ()> + Send + 'static,
) -> Result<ExitCode, ApiError> {
    let with_kitchen = options.kitchen;
    let app = tauri::Builder::default()
        .manage(terminal.clone())
        .manage(Feeds::default())
        .manage(windows::Places::beside(&options.data))
        .manage(Arrangement::beside(&options.data))
        .invoke_handler(host::handler())
        .setup(move |app| {
            let kept = app.state::<Arrangement>().now();
            for window in windows::ALL {
                let asked = with_kitchen && window.label == windows::KITCHEN.label;
                if asked || window.label == windows::CASHIER.label || kept.of(window.label).at_start {
                    windows::open(app.handle(), window)?;
                }
            }
            Ok(())
        })
        .build(tauri::generate_context!())
        .map_err(|error| failed("the windows could not be opened", &error))?;
    let handle = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        told.await;
        tracing::info!("told to end");
        handle.exit(0);
    });
    let code = app.run_return(when);
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What an event of the windows leads to.
fn when(app: &AppHandle, event: RunEvent) {
    if let RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } = &event
        && app.state::<Arrangement>().now().kiosk
    {
        api.prevent_close();
    }
    if let RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } = event {
        app.state::<Feeds>().stop(&label);
        // The till is the main window: without it nobody is there to end the program.
        if label == windows::CASHIER.label {
            app.exit(0);
        }
    }
}

/// Each person of the demo shop on a line of its own.
fn say_pins(pins: &[DemoPin]) {
    for DemoPin { name, role, pin } in pins {
        println!("{name} ({}) signs in with {pin}", role.as_str());
    }
}

/// An error of start as one line: code, field, rule.
fn line_of(error: &ApiError) -> String {
    let field = if error.field.is_empty() { String::new() } else { format!("{}: ", error.field) };
    format!("docket: {}: {field}{}", error.code.as_str(), error.rule)
}

fn failed(what: &str, error: &dyn std::error::Error) -> ApiError {
    ApiError::new(ErrorCode::StoreFailed, "", format!("{what}: {error}"))
}
