//! Personal text: AES-256-GCM under a key per subject. The keys stand outside the log; deleting one erases the person.

use docket_domain::ids::SubjectId;
use docket_domain::order::event::Sealed;
use docket_log::sealed::{NONCE_LEN, seal_text};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::StoreError;

pub use docket_log::sealed::{KEY_BYTES, open_text as open};

/// A new key for a subject.
///
/// # Errors
/// If the system gives no randomness.
pub fn new_key() -> Result<[u8; KEY_BYTES], StoreError> {
    let mut key = [0_u8; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    Ok(key)
}

/// Seals a text for a subject; the subject's id is authenticated with it.
///
/// # Errors
/// If the system gives no randomness.
pub fn seal(subject: SubjectId, key: &[u8; KEY_BYTES], text: &str) -> Result<Sealed, StoreError> {
    let mut nonce = [0_u8; NONCE_LEN];
    crate::clock::fill_public(&mut nonce).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    seal_text(subject, key, nonce, text).map_err(|_| StoreError::Corrupt("a personal text could not be sealed".into()))
}

/// The key of a subject, while it is held.
pub(crate) fn key_of(connection: &Connection, subject: SubjectId) -> Result<Option<[u8; KEY_BYTES]>, StoreError> {
    let mut read = connection.prepare_cached("SELECT key FROM subject_keys WHERE subject_id = ?1")?;
    let stored: Option<Vec<u8>> = read.query_row([&subject.0.as_bytes()[..]], |row| row.get(0)).optional()?;
    Ok(stored.and_then(|bytes| bytes.try_into().ok()))
}

/// Keeps a key. One that is held already and can be used stays: what is sealed with it must open.
pub(crate) fn keep(connection: &Connection, subject: SubjectId, key: &[u8; KEY_BYTES]) -> Result<(), StoreError> {
    let sql = "INSERT INTO subject_keys (subject_id, key) VALUES (?1, ?2) ON CONFLICT (subject_id) DO UPDATE \
         SET key = excluded.key WHERE length(subject_keys.key) <> length(excluded.key)";
    connection.prepare_cached(sql)?.execute(params![&subject.0.as_bytes()[..], &key[..]])?;
    Ok(())
}

/// Destroys a key: its person is erased.
pub(crate) fn destroy(connection: &Connection, subject: SubjectId) -> Result<(), StoreError> {
    let mut delete = connection.prepare_cached("DELETE FROM subject_keys WHERE subject_id = ?1")?;
    delete.execute([&subject.0.as_bytes()[..]])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_key_only() {
        let subject = SubjectId(uuid::Uuid::from_u128(7));
        let key = new_key().expect("randomness");
        let sealed = seal(subject, &key, "Zoë, 2nd floor").expect("randomness");
        assert!(!sealed.text.contains("floor"), "the text itself");
        assert_eq!(open(&sealed, &key).as_deref(), Some("Zoë, 2nd floor"));
        assert_eq!(open(&sealed, &[0; 32]), None);
        let other = Sealed { subject: SubjectId(uuid::Uuid::from_u128(8)), ..sealed };
        assert_eq!(open(&other, &key), None);
    }

    #[test]
    fn a_key_that_opens_something_is_never_replaced_and_a_damaged_one_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(crate::data::DATABASE);
        crate::store::migrate_file(&path).expect("a store");
        let connection = crate::store::open_writer(folder.path()).expect("a store");
        let subject = SubjectId(uuid::Uuid::from_u128(7));
        keep(&connection, subject, &[1; KEY_BYTES]).expect("kept");
        keep(&connection, subject, &[2; KEY_BYTES]).expect("kept");
        assert_eq!(key_of(&connection, subject).expect("read"), Some([1; KEY_BYTES]));

        connection.execute("UPDATE subject_keys SET key = x'01'", []).expect("damaged");
        assert_eq!(key_of(&connection, subject).expect("read"), None);
        keep(&connection, subject, &[3; KEY_BYTES]).expect("kept");
        assert_eq!(key_of(&connection, subject).expect("read"), Some([3; KEY_BYTES]));
    }
}
