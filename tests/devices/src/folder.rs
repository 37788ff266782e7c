//! A device's folder while nobody serves it: founded, taught, exported, verified, copied.

use std::path::{Path, PathBuf};

use docket_acceptance::copy_folder;

use crate::program::{Said, command, run};

/// Deliveries that a set of batches comes in.
const DELIVERIES: usize = 4;

/// A data folder with its witness beside it.
#[derive(Debug, Clone)]
pub struct Folder {
    /// What it is called in messages.
    pub name: String,
    /// The data folder.
    pub data: PathBuf,
    /// The witness's folder.
    pub witness: PathBuf,
    /// The PIN of the manager that was printed when it was founded.
    pub pin: String,
}

impl Folder {
    /// Founds a device of the shop that these exports come from.
    ///
    /// # Panics
    /// If the program refuses, or prints no PIN.
    pub async fn founded(home: &Path, name: &str, files: &[PathBuf]) -> Self {
        let mut folder = Folder::at(home, name);
        let said = folder.take(files).await;
        assert_eq!(said.code, Some(0), "{name}: {}{}", said.out, said.err);
        folder.pin = printed_pin(&said.out).unwrap_or_else(|| panic!("{name}: no PIN in {:?}", said.out));
        folder
    }

    fn at(home: &Path, name: &str) -> Self {
        let (data, witness) = (home.join(name).join("data"), home.join(name).join("witness"));
        Folder { name: name.to_owned(), data, witness, pin: String::new() }
    }

    /// The same device as it stands now, in another place: what becomes of the two is never brought together.
    #[must_use]
    pub fn copied(&self, home: &Path, name: &str) -> Self {
        let copy = Folder { pin: self.pin.clone(), ..Folder::at(home, name) };
        copy_folder(&self.data, &copy.data);
        copy_folder(&self.witness, &copy.witness);
        copy
    }

    /// `import-log` of these files, in this order.
    pub async fn take(&self, files: &[PathBuf]) -> Said {
        run(command("import-log", &self.data, &self.witness).args(files)).await
    }

    /// Takes these files one after the other, each of which must be taken whole.
    ///
    /// # Panics
    /// If the program refuses something.
    pub async fn learn(&self, files: &[PathBuf]) {
        for file in files {
            let said = self.take(std::slice::from_ref(file)).await;
            assert_eq!(said.code, Some(0), "{} does not take {}: {}{}", self.name, file.display(), said.out, said.err);
        }
    }

    /// Takes batches of rows as they arrive, some at a time. What lacks its predecessors is refused, and sent again
    /// with the next ones. Gives how many deliveries had something refused.
    ///
    /// # Panics
    /// If something is still refused when all is there.
    pub async fn learn_piecemeal(&self, batches: &[PathBuf]) -> usize {
        let mut refusals = 0;
        for delivery in 1..DELIVERIES {
            let arrived = &batches[..batches.len() * delivery / DELIVERIES];
            refusals += usize::from(self.take(arrived).await.code != Some(0));
        }
        let said = self.take(batches).await;
        assert_eq!(said.code, Some(0), "{} does not take all batches: {}{}", self.name, said.out, said.err);
        refusals
    }

    /// `export` into a file beside the folder.
    ///
    /// # Panics
    /// If the program refuses.
    pub async fn export(&self, name: &str) -> PathBuf {
        let file = self.data.with_file_name(name);
        let said = run(command("export", &self.data, &self.witness).arg("--out").arg(&file)).await;
        assert_eq!(said.code, Some(0), "{}: {}", self.name, said.err);
        file
    }

    /// The digest of the read models, from a `verify` that must find nothing.
    ///
    /// # Panics
    /// If the store is not sound, or no digest is printed.
    pub async fn digest(&self) -> String {
        let said = run(&mut command("verify", &self.data, &self.witness)).await;
        assert_eq!(said.code, Some(0), "{} is not sound: {}{}", self.name, said.out, said.err);
        printed_digest(&said.out).unwrap_or_else(|| panic!("{}: no digest in {:?}", self.name, said.out))
    }

    /// The digest after a `rebuild`, which must not change it.
    ///
    /// # Panics
    /// If it does, or no digest is printed.
    pub async fn rebuilt(&self) -> String {
        let said = run(&mut command("rebuild", &self.data, &self.witness)).await;
        assert_eq!(said.code, Some(0), "{}: a rebuild changes what is shown: {}{}", self.name, said.out, said.err);
        printed_digest(&said.out).unwrap_or_else(|| panic!("{}: no digest in {:?}", self.name, said.out))
    }
}

fn printed_digest(out: &str) -> Option<String> {
    out.lines().find_map(|line| line.strip_prefix("digest ")).map(|digest| digest.trim().to_owned())
}

/// The six digits behind the word PIN.
fn printed_pin(out: &str) -> Option<String> {
    let (_, behind) = out.split_once("PIN")?;
    let from = behind.find(|letter: char| letter.is_ascii_digit())?;
    let pin: String = behind[from..].chars().take_while(char::is_ascii_digit).collect();
    (pin.len() == 6).then_some(pin)
}
