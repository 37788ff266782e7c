//! How the windows' engine draws. It reads that from its environment, when its first process starts.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Draw with the processor: the screens are words and flat areas, which no graphics card draws sooner. A machine without
/// one would have it played by software, which takes longer for each tap (U2 in `docs/PERFORMANCE.md`) and a third more
/// memory for the page (M1).
const DRAWS_BY_PROCESSOR: (&str, &str) = ("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1");

/// Begins the program anew with the engine's setting, unless whoever started it has said how to draw. The process stays
/// the same one. Comes back where nothing is to be set, or where it can't: then the engine draws as it would by itself.
pub fn set_up() {
    let (name, value) = DRAWS_BY_PROCESSOR;
    if env::var_os(name).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    // The environment of a process that runs can't be changed without `unsafe`; a new program's can.
    let error = Command::new(program).args(env::args_os().skip(1)).env(name, value).exec();
    tracing::warn!(%error, "the engine draws as it would by itself");
}
