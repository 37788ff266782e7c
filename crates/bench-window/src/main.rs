//! The smallest window that Tauri can show, as large as the till's, with the bare page of `crates/bench/pages` in it.
//! It keeps no store and answers no command.

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "bare", WebviewUrl::App("index.html".into()))
                .title("Bare")
                .inner_size(1280.0, 800.0)
                .min_inner_size(1024.0, 600.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
