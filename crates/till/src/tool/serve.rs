//! `serve`: the till over HTTP until someone ends it.

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::staff::Role;
use docket_terminal::{DemoPin, Terminal};
use serde::Serialize;
use tokio::signal;

use super::{Common, Verdict, failed, print};
use crate::cli::Serve;
use crate::http::{Bundle, Server};
use crate::limits::Limits;
use crate::logging::LogFormat;

pub(super) async fn serve(options: Serve, common: Common) -> Result<Verdict, ApiError> {
    let bundle =
        Bundle::find(options.ui).map_err(|error| ApiError::new(ErrorCode::BadInput, "--ui", error.to_string()))?;
    // Listened for before the ready line, so that who reads the line may end the program at once.
    let end = ending().map_err(|error| failed("signals", &error))?;
    let terminal = common.open(options.demo).await?;
    // A till sells without head office, whatever is wrong with the way there.
    if let Err(error) = terminal.attach().await {
        tracing::error!(%error, "head office can't be attached");
    }
    // PINs never leave their device, so a till that joined a store has none until its shop is there.
    match terminal.set_first_pin().await {
        Ok(Some(first)) => eprintln!("{first}"),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "no first PIN could be set"),
    }
    let server = match Server::bind(terminal.clone(), options.port, bundle, Limits::PRODUCT).await {
        Ok(server) => server,
        Err(error) => {
            terminal.close().await;
            return Err(ApiError::new(ErrorCode::BadInput, "--port", format!("{error}: {}", error.source)));
        }
    };
    let announced = announce(&server, &terminal, common.log_format);
    if announced.is_ok() {
        tracing::info!(port = server.port(), "ready");
        server.run(end).await;
        tracing::info!("the last connection has ended; closing the store");
    }
    terminal.close().await;
    announced.map(|()| Verdict::Sound)
}

/// The ready line. Its fields stand in the order of the docs.
#[derive(Serialize)]
struct Ready<'a> {
    ready: bool,
    url: &'a str,
    token: &'a str,
    port: u16,
    pid: u32,
    demo_pins: Vec<Pin>,
}

#[derive(Serialize)]
struct Pin {
    name: String,
    role: Role,
    pin: String,
}

/// The one line on standard output; with logs for people also some words beside it.
fn announce(server: &Server<Terminal>, terminal: &Terminal, format: LogFormat) -> Result<(), ApiError> {
    let address = server.access().address().expect("nobody can have traded it before the server runs");
    let pins = terminal.demo_pins().into_iter();
    let ready = Ready {
        ready: true,
        url: &address,
        token: server.access().token(),
        port: server.port(),
        pid: std::process::id(),
        demo_pins: pins.map(|DemoPin { name, role, pin }| Pin { name, role, pin }).collect(),
    };
    let line = serde_json::to_string(&ready).expect("texts and numbers serialize");
    print(&format!("{line}\n"))?;
    if format == LogFormat::Text {
        eprintln!("Docket is open at {address} (this address works once; Ctrl-C ends the till)");
        for Pin { name, role, pin } in &ready.demo_pins {
            eprintln!("  {name} ({}) signs in with {pin}", role.as_str());
        }
    }
    Ok(())
}

/// Resolves at Ctrl-C or, where the system has it, SIGTERM.
#[cfg(unix)]
fn ending() -> std::io::Result<impl Future<Output = ()> + Send> {
    use signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn ending() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "ctrl-c can't be heard; the program runs until it is killed");
            std::future::pending::<()>().await;
        }
    })
}
