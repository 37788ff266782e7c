//! Disks that are small or can't be written. Both take the right to mount: without it a test fails and says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

fn mount(args: &[&str], at: &Path) {
    let output = Command::new("mount").args(args).arg(at).output().expect("the system has a mount program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "this test mounts a disk of its own, so it runs as root only: {said}");
}

fn unmount(at: &Path) {
    let done = Command::new("umount").arg("--lazy").arg(at).status();
    assert!(done.is_ok_and(|status| status.success()), "{} stays mounted", at.display());
}

/// A small disk in memory.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// A disk of so many KiB.
    ///
    /// # Panics
    /// If the system does not let this process mount.
    #[must_use]
    pub fn of_kib(kib: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        mount(&["-t", "tmpfs", "-o", &format!("size={kib}k"), "docket-test"], folder.path());
        Disk { folder }
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills what is free, to the last block.
    ///
    /// # Panics
    /// If the file can't be made.
    pub fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.filler()).expect("a name on the disk");
        let block = [0_u8; 4096];
        while file.write_all(&block).is_ok() {}
    }

    /// Frees it again.
    ///
    /// # Panics
    /// If it was not filled.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("the disk was filled");
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(self.folder.path());
    }
}

/// A folder that is seen at another place as long as its disk is plugged in.
pub struct Plug {
    source: PathBuf,
    place: PathBuf,
    plugged: bool,
}

impl Plug {
    /// Shows the folder at an empty one.
    ///
    /// # Panics
    /// If the system does not let this process mount.
    #[must_use]
    pub fn new(source: &Path, place: &Path) -> Self {
        let mut plug = Plug { source: source.to_owned(), place: place.to_owned(), plugged: false };
        plug.insert();
        plug
    }

    /// Plugs it in again.
    ///
    /// # Panics
    /// If it is plugged in.
    pub fn insert(&mut self) {
        assert!(!self.plugged, "{} is plugged in", self.place.display());
        mount(&["--bind", self.source.to_str().expect("a plain path")], &self.place);
        self.plugged = true;
    }

    /// Pulls it out, whoever has files open on it.
    pub fn pull(&mut self) {
        if std::mem::take(&mut self.plugged) {
            unmount(&self.place);
        }
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        self.pull();
    }
}

/// A folder that can only be read while this lives.
pub struct ReadOnly {
    folder: PathBuf,
}

impl ReadOnly {
    /// Mounts the folder onto itself, for reading. Root may write whatever a file's mode says, so modes would not do.
    ///
    /// # Panics
    /// If the system does not let this process mount.
    #[must_use]
    pub fn folder(folder: &Path) -> Self {
        let source = folder.to_str().expect("a plain path");
        mount(&["--bind", source], folder);
        let mounted = ReadOnly { folder: folder.to_owned() };
        mount(&["-o", "remount,bind,ro"], folder);
        mounted
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        unmount(&self.folder);
    }
}
