//! What an enrolment leaves in the folder: where head office is, whom it speaks for, and how this till proves itself. A
//! file of mode 0600 beside the keys, because the token in it is a secret.

use std::path::Path;

use docket_domain::ids::{StoreId, TenantId};
use docket_log::PublicKey;
use serde::{Deserialize, Serialize};

use super::write_whole;
use crate::error::{StoreError, file_error};

const FILE: &str = "head-office.json";

/// An enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadOffice {
    /// Its address.
    pub(crate) url: String,
    /// Whether it is spoken to without TLS, which only this machine's own addresses are.
    #[serde(default)]
    pub(crate) plain: bool,
    /// The certificates that it must be vouched for by, as PEM; the system's where there are none.
    #[serde(default)]
    pub(crate) ca: Option<String>,
    /// Whom it speaks for.
    pub(crate) tenant: TenantId,
    /// The store that this till is one of.
    pub(crate) store: StoreId,
    /// Whether this till's own store became that store.
    pub(crate) founded: bool,
    /// Signs the logs of head office.
    pub(crate) central_key: PublicKey,
    /// The tenant that the store's founding till had made up: the store's logs from before name it.
    #[serde(default)]
    pub(crate) former_tenant: Option<TenantId>,
    /// Letters that devices of the store carried when this till was enrolled.
    #[serde(default)]
    pub(crate) letters: Vec<String>,
    /// Lets this till in.
    pub(crate) token: String,
    /// Until when.
    pub(crate) token_expires_ms: i64,
}

impl std::fmt::Debug for HeadOffice {
    /// Without the token, which must not reach a trace.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeadOffice").field("url", &self.url).field("store", &self.store).finish_non_exhaustive()
    }
}

impl HeadOffice {
    /// Reads the enrolment of a folder, if it has one.
    ///
    /// # Errors
    /// If the file is there and can't be read.
    pub(crate) fn read(data: &Path) -> Result<Option<Self>, StoreError> {
        let path = data.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file_error(format!("can't read {}", path.display()))(error)),
        };
        let read = serde_json::from_slice(&bytes);
        read.map(Some).map_err(|error| StoreError::Corrupt(format!("{} can't be read: {error}", path.display())))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub(crate) fn write(&self, data: &Path) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec_pretty(self).expect("an enrolment holds texts and numbers");
        write_whole(&data.join(FILE), &bytes, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enrolment_is_kept_and_nobody_else_on_the_machine_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(HeadOffice::read(folder.path()).unwrap(), None);
        let id = uuid::Uuid::from_u128;
        let office = HeadOffice {
            url: "https://office.example".into(),
            plain: false,
            ca: None,
            tenant: TenantId(id(1)),
            store: StoreId(id(2)),
            founded: true,
            central_key: PublicKey([7; 32]),
            former_tenant: Some(TenantId(id(3))),
            letters: vec!["A".into()],
            token: "secret".into(),
            token_expires_ms: 5,
        };
        office.write(folder.path()).unwrap();
        assert_eq!(HeadOffice::read(folder.path()).unwrap().as_ref(), Some(&office));
        assert!(!format!("{office:?}").contains("secret"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
