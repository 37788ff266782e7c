//! What can be known of `deploy/` without a container engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A copy of what the check reads, with a text of one file changed; its exit code and what it says.
fn checked(file: &str, from: &str, to: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["deploy/compose.yaml", "deploy/central.env", "deploy/Dockerfile", "deploy/check.py"] {
        copy(name, folder.path());
    }
    copy("crates/central/src/config.rs", folder.path());
    copy("crates/central/src/config/access.rs", folder.path());
    let changed = folder.path().join(file);
    let text = fs::read_to_string(&changed).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(&changed, text.replacen(from, to, 1)).unwrap();
    let output = Command::new("python3").arg(folder.path().join("deploy/check.py")).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("No module named"), "this test needs Debian's package python3-yaml: {errors}");
    (output.status.code(), format!("{}{errors}", String::from_utf8_lossy(&output.stdout)))
}

fn copy(name: &str, to: &Path) {
    let target = to.join(name);
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::copy(repository().join(name), target).unwrap();
}

#[test]
fn compose_dockerfile_and_settings_look_right() {
    let (code, said) = checked("deploy/central.env", "CELL_ID=local", "CELL_ID=other");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn each_thing_that_is_missing_is_named() {
    for (file, from, to, expected) in [
        ("deploy/compose.yaml", "        memory: 256M\n", "", "has limits of cpus, memory and pids"),
        ("deploy/compose.yaml", "  cap_drop: [ALL]\n", "", "is read-only and has no capabilities"),
        ("deploy/compose.yaml", "  env_file: central.env\n", "", "reads central.env"),
        ("deploy/compose.yaml", "    migrate:\n", "    migrated:\n", "waits for migrated, which is there"),
        ("deploy/compose.yaml", "      - kafka:/var", "      - kafkas:/var", "uses kafkas, which is declared"),
        ("deploy/central.env", "CELL_ID=local", "cell-id=local", "is no KEY=value"),
        ("deploy/central.env", "CELL_ID=local", "CELL_IT=local", "is no key of the program"),
        ("deploy/Dockerfile", "USER 10001:10001", "USER 0", "a user that is not root"),
        ("deploy/Dockerfile", "FROM ${RUNTIME_IMAGE}", "FROM debian", "names its image by an argument"),
        ("deploy/Dockerfile", "zlib1g-dev", "libwebkit2gtk-4.1-dev", "packages of the desktop"),
    ] {
        let (code, said) = checked(file, from, to);
        assert_eq!(code, Some(1), "{from}: {said}");
        assert!(said.contains(expected), "{from}: {said}");
    }
}
