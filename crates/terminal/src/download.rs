//! An export that waits to be fetched by a browser. There is one at most; it goes when it was taken, when the next is
//! made, after an hour, and at the next start. The folder that it lies in holds nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_contracts::{ApiError, ErrorCode, Topic};
use docket_domain::ids::SessionId;
use docket_domain::policy::Operation;

use crate::clock::pause;
use crate::error::refuse;
use crate::limits::DOWNLOAD_WAITS_MS;
use crate::shared::Shared;
use crate::terminal::Terminal;

/// Folder of the export that waits, beside the store.
pub(crate) const FOLDER: &str = "downloads";

/// An export that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is to be called where it goes.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// Removes what a run that ended early left there.
pub(crate) fn sweep(data: &Path) {
    let folder = data.join(FOLDER);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(%error, folder = %folder.display(), "an old export could not be removed");
        }
        _ => {}
    }
}

impl Shared {
    /// From now on it waits, for a while.
    pub(crate) fn offer_download(self: &Arc<Self>, download: Download) {
        self.change_health(|health| health.download = Some(download.clone()));
        let shared = self.clone();
        tokio::spawn(async move {
            pause(DOWNLOAD_WAITS_MS).await;
            shared.drop_download(Some(&download));
        });
    }

    /// Removes the export that waits; if one is named, only that one.
    pub(crate) fn drop_download(&self, named: Option<&Download>) {
        let mut dropped = None;
        self.change_health(|health| {
            dropped = health.download.take_if(|waiting| named.is_none_or(|named| named == waiting));
        });
        let Some(dropped) = dropped else { return };
        if let Err(error) = fs::remove_file(&dropped.path) {
            tracing::warn!(%error, file = %dropped.path.display(), "an export could not be removed");
        }
        self.feed.publish(vec![Topic::Status], None);
    }
}

impl Terminal {
    /// The export that waits, for who may export.
    ///
    /// # Errors
    /// `session_required`, `role_not_allowed`, or `nothing_to_do` if none waits.
    pub fn download(&self, session: Option<SessionId>) -> Result<Download, ApiError> {
        self.allow(&self.session(session)?, Operation::Export)?;
        let waiting = self.inner.shared.health().download;
        waiting.ok_or_else(|| refuse(ErrorCode::NothingToDo, "", "no export waits to be fetched; export again"))
    }

    /// It was taken as a whole, so it goes.
    pub fn downloaded(&self, taken: &Download) {
        self.inner.shared.drop_download(Some(taken));
    }
}
