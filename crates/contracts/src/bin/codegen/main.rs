//! Writes every generated file into a folder: `codegen --out DIR`.

mod docs;
mod schemas;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let out = match (args.next(), args.next(), args.next()) {
        (Some(flag), Some(folder), None) if flag == "--out" => PathBuf::from(folder),
        _ => {
            eprintln!("usage: codegen --out DIR");
            return ExitCode::from(2);
        }
    };
    match generate(&out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("codegen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    write(out, "ui/src/lib/ipc/bindings.ts", &docket_contracts::typescript::bindings()?)?;
    write(out, "docs/COMMANDS.md", &docs::commands())?;
    write(out, "docs/EVENTS.md", &docs::events())?;
    write(out, "docs/HTTP.md", &docs::http())?;
    write(out, "docs/STATES.md", &docs::states())?;
    write(out, "docs/REFUSALS.md", &docs::refusals()?)?;
    for (path, text) in schemas::files()? {
        write(out, &path, &text)?;
    }
    Ok(())
}

fn write(out: &Path, path: &str, text: &str) -> std::io::Result<()> {
    let path = out.join(path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
