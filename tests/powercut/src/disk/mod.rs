//! A disk as it may be found after a cut: what was synced is there; of the rest, each write alone is there, missing or
//! torn, each name alone is there or not, and a file may be longer or shorter than what was written.
//!
//! The model is harsher than most disks: writes of one file may arrive in any order, and names too. It grants what
//! SQLite builds on: a sector is written whole, and a write harms nothing beside it.

mod content;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::rng::Rng;
use crate::tape::Op;
pub use content::Content;

/// What a name stands for.
type Entry = Option<usize>;

/// A name in a folder: what is durable, and what came since.
#[derive(Debug, Default)]
struct Name {
    durable: Entry,
    pending: Vec<Entry>,
}

impl Name {
    fn now(&self) -> Entry {
        self.pending.last().copied().unwrap_or(self.durable)
    }
}

#[derive(Debug)]
enum Node {
    Folder,
    File(Content),
}

/// What a disk was found to hold, in figures.
#[derive(Debug, Default, Clone, Copy)]
pub struct Found {
    /// Writes that were not synced at the cut.
    pub pending: usize,
    /// Writes of which a part is there.
    pub torn: usize,
    /// Writes that are missing whole.
    pub missing: usize,
    /// Names whose last change was not durable at the cut.
    pub names: usize,
}

/// A disk at one moment of the tape.
#[derive(Debug)]
pub struct Disk {
    nodes: Vec<Node>,
    names: BTreeMap<Arc<str>, Name>,
    /// A disk that says 'synced' and does nothing: the control must find that acts are lost.
    lies: bool,
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Disk {
    /// The disk after these steps.
    pub fn after(ops: &[Op], lies: bool, rng: &mut Rng) -> Self {
        let mut disk = Disk { nodes: Vec::new(), names: BTreeMap::new(), lies };
        for op in ops {
            disk.apply(op, rng);
        }
        disk
    }

    /// Takes one more step.
    pub fn apply(&mut self, op: &Op, rng: &mut Rng) {
        match op {
            Op::Create(name) => self.link(name, Node::File(Content::default())),
            Op::MakeFolder(name) => self.link(name, Node::Folder),
            Op::Write(name, offset, bytes) => self.file(name).write(*offset, bytes.clone()),
            Op::Truncate(name, size) => self.file(name).truncate(*size),
            Op::Sync(name) if !self.lies => self.file(name).sync(rng),
            Op::SyncFailed(name) => self.file(name).fail_sync(),
            Op::Delete(name) => self.names.entry(name.clone()).or_default().pending.push(None),
            Op::SyncWhole(name, bytes) => {
                self.link(name, Node::File(Content::whole(bytes.clone(), !self.lies)));
            }
            Op::Rename(from, to, bytes) => self.rename(from, to, bytes),
            Op::SyncFolder(folder) if !self.lies => self.sync_folder(folder),
            Op::Sync(_) | Op::SyncFolder(_) => {}
        }
    }

    fn link(&mut self, name: &Arc<str>, node: Node) {
        self.nodes.push(node);
        self.names.entry(name.clone()).or_default().pending.push(Some(self.nodes.len() - 1));
    }

    fn file(&mut self, name: &str) -> &mut Content {
        let entry = self.names.get(name).and_then(Name::now).expect("the tape made a file before it wrote to it");
        match &mut self.nodes[entry] {
            Node::File(content) => content,
            Node::Folder => panic!("{name} is a folder"),
        }
    }

    fn rename(&mut self, from: &Arc<str>, to: &Arc<str>, bytes: &Arc<[u8]>) {
        // A file that was never synced is seen here for the first time.
        if self.names.get(from).and_then(Name::now).is_none() {
            self.link(from, Node::File(Content::whole(bytes.clone(), false)));
        }
        let entry = self.names.get(from).and_then(Name::now);
        self.names.entry(to.clone()).or_default().pending.push(entry);
        self.names.entry(from.clone()).or_default().pending.push(None);
    }

    fn sync_folder(&mut self, folder: &str) {
        for (_, name) in self.names.iter_mut().filter(|(name, _)| folder_of(name) == folder) {
            name.durable = name.now();
            name.pending.clear();
        }
    }

    /// Whether a file has writes that are not durable.
    pub fn is_pending(&self, ends_with: &str) -> bool {
        let files = self.names.iter().filter(|(name, _)| name.ends_with(ends_with));
        files.filter_map(|(_, name)| name.now()).any(|entry| match &self.nodes[entry] {
            Node::File(content) => content.pending() > 0,
            Node::Folder => false,
        })
    }

    /// Whether a name's last change is not durable.
    pub fn has_open_names(&self) -> bool {
        self.names.values().any(|name| !name.pending.is_empty())
    }

    /// Puts what the disk may hold into an empty folder.
    ///
    /// # Panics
    /// If the folder can't be written.
    pub fn put(&self, at: &Path, rng: &mut Rng) -> Found {
        let mut found = Found::default();
        // Sorted, so that a folder comes before what lies in it.
        for (path, name) in &self.names {
            found.names += usize::from(!name.pending.is_empty());
            let held = rng.below(name.pending.len() + 1);
            let entry = if held == 0 { name.durable } else { name.pending[held - 1] };
            let (Some(entry), target) = (entry, at.join(&**path)) else { continue };
            if !target.parent().is_some_and(Path::is_dir) {
                continue;
            }
            match &self.nodes[entry] {
                Node::Folder => std::fs::create_dir(&target).expect("a folder of the disk"),
                Node::File(content) => {
                    found.pending += content.pending();
                    let bytes = content.survivors(rng, &mut found);
                    std::fs::write(&target, bytes).expect("a file of the disk");
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
