//! Every kept input holds in an ordinary build too, so that a finding that was mended stays mended without libFuzzer.

use std::fs;
use std::path::{Path, PathBuf};

fn inputs(folder: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target);
    // Git keeps no empty folder, so a target without regressions has none.
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn every_kept_input_holds() {
    for (target, check) in docket_fuzz::TARGETS {
        let kept = inputs("corpus", target);
        assert!(!kept.is_empty(), "{target} has no inputs to begin with");
        for path in kept.into_iter().chain(inputs("regressions", target)) {
            let data = fs::read(&path).expect("an input");
            let held = std::panic::catch_unwind(|| docket_fuzz::hold(*check, &data));
            assert!(held.is_ok(), "{target}: {}", path.display());
        }
    }
}

#[test]
fn every_folder_of_inputs_is_a_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut folders: Vec<String> = fs::read_dir(corpus)
        .expect("the kept inputs")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect();
    folders.sort();
    let mut targets: Vec<&str> = docket_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
    targets.sort_unstable();
    assert_eq!(folders, targets);
}
