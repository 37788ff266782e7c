//! Documents by parts: asked for where a published one is not held, put together, and kept when their hash is right;
//! given away part by part to whom asks. Each request is answered by one part.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use docket_sync::v1::from_central;
use docket_sync::{DOCUMENT_PART_BYTES, v1};
use sha2::{Digest, Sha256};
use tonic::Status;

use super::session::Session;
use crate::enrol::unavailable;
use crate::ingest::shop::{DocumentHash, keep_document, missing_documents};
use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENTS_OPEN_MAX};

/// Documents that were asked for, with what of them is there.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Asked for, and their parts so far.
    open: BTreeMap<DocumentHash, Vec<u8>>,
}

impl Session {
    /// Asks for the documents in effect that are not held, a few at a time.
    pub(super) async fn want_documents(&mut self) -> Result<(), Status> {
        let failed = |error: sqlx::Error| unavailable(&error);
        let source = *self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let missing = missing_documents(&mut transaction, source.tenant, source.store).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        for hash in missing {
            if self.documents.open.len() >= DOCUMENTS_OPEN_MAX {
                break;
            }
            if let Entry::Vacant(new) = self.documents.open.entry(hash) {
                new.insert(Vec::new());
                self.want_part(hash, 0).await?;
            }
        }
        Ok(())
    }

    async fn want_part(&self, hash: DocumentHash, offset: u64) -> Result<(), Status> {
        let hash = hash.to_vec().into();
        self.say(from_central::Message::DocumentWanted(v1::DocumentWanted { hash, offset })).await
    }

    /// Takes a part of a document that was asked for.
    pub(super) async fn take_document(&mut self, part: v1::Document) -> Result<(), Status> {
        let Ok(hash) = DocumentHash::try_from(&part.hash[..]) else {
            return self.count_bad("document: hash has 32 bytes");
        };
        if part.size > DOCUMENT_BYTES_MAX || part.part.len() > DOCUMENT_PART_BYTES {
            self.documents.open.remove(&hash);
            return self.count_bad("document: is larger than allowed");
        }
        // One that nobody asked for, or a part that is here already, is passed over.
        let Some(body) = self.documents.open.get_mut(&hash) else { return Ok(()) };
        if u64::try_from(body.len()).ok() != Some(part.offset) {
            return Ok(());
        }
        body.extend_from_slice(&part.part);
        let held = u64::try_from(body.len()).unwrap_or(u64::MAX);
        if held < part.size && !part.part.is_empty() {
            return self.want_part(hash, held).await;
        }
        let body = self.documents.open.remove(&hash).unwrap_or_default();
        let found: DocumentHash = Sha256::digest(&body).into();
        if found != hash {
            return self.count_bad("document: the bytes do not give its hash");
        }
        let failed = |error: sqlx::Error| unavailable(&error);
        let tenant = self.source().tenant;
        let mut transaction = self.shared.queue.ingest().database().tenant(tenant).await.map_err(failed)?;
        keep_document(&mut transaction, tenant, &hash, &body).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.want_documents().await
    }

    /// Gives the part that is asked for. A document of another tenant is none here.
    pub(super) async fn give_document(&mut self, wanted: &v1::DocumentWanted) -> Result<(), Status> {
        let Ok(hash) = DocumentHash::try_from(&wanted.hash[..]) else {
            return self.count_bad("document: hash has 32 bytes");
        };
        let failed = |error: sqlx::Error| unavailable(&error);
        let tenant = self.source().tenant;
        let mut transaction = self.shared.queue.ingest().database().tenant(tenant).await.map_err(failed)?;
        // substr counts from 1.
        let sql = "SELECT length(body)::bigint, substr(body, $3, $4) FROM central.documents \
             WHERE tenant = $1 AND hash = $2";
        let start = i32::try_from(wanted.offset.saturating_add(1)).unwrap_or(i32::MAX);
        let found: Option<(i64, Vec<u8>)> = sqlx::query_as(sql)
            .bind(tenant.0)
            .bind(&hash[..])
            .bind(start)
            .bind(i32::try_from(DOCUMENT_PART_BYTES).unwrap_or(i32::MAX))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        // What is not held is not answered; the peer asks another one, or again at its next hello.
        let Some((size, part)) = found else { return Ok(()) };
        let document = v1::Document {
            hash: wanted.hash.clone(),
            size: size.unsigned_abs(),
            offset: wanted.offset,
            part: part.into(),
        };
        self.say(from_central::Message::Document(document)).await
    }
}
