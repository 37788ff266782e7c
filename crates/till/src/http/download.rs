//! `POST /api/downloads` and `GET /api/downloads/TICKET`: the export that waits, as a file for a browser.
//!
//! A browser that saves a file sends no header of ours, so the session trades for a ticket first. A ticket is good once.

use std::io::SeekFrom;
use std::sync::Mutex;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use docket_contracts::{ApiError, ErrorCode};
use docket_terminal::Download;
use futures_util::stream;
use serde::Serialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::problem::Problem;
use super::secret::Secret;
use super::{Name, Shared, body, name_of};
use crate::host::Host;

/// What is read of the file at once, and so what one download holds of it in memory.
const CHUNK_BYTES: usize = 64 * 1024;

/// The ticket that was given last; an earlier one is good no more.
#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<Option<(Secret, Download)>>);

impl Tickets {
    fn give(&self, download: Download) -> String {
        let secret = Secret::random();
        let text = secret.text().to_owned();
        *self.0.lock().expect("no holder of this lock can panic") = Some((secret, download));
        text
    }

    fn take(&self, shown: &str) -> Option<Download> {
        let mut given = self.0.lock().expect("no holder of this lock can panic");
        given.take_if(|(secret, _)| secret.matches(shown)).map(|(_, download)| download)
    }
}

/// Where the file can be fetched, once.
#[derive(Serialize)]
pub(super) struct Ticket {
    ticket: String,
    name: String,
    bytes: u64,
}

pub(super) async fn ticket<H: Host>(State(app): State<Shared<H>>, headers: HeaderMap) -> Result<Json<Ticket>, Problem> {
    let download = app.host.download(body::session(&headers)?)?;
    let (name, bytes) = (download.name.clone(), download.bytes);
    Ok(Json(Ticket { ticket: app.tickets.give(download), name, bytes }))
}

pub(super) async fn file<H: Host>(State(app): State<Shared<H>>, ticket: Name) -> Result<Response, Problem> {
    let gone =
        || ApiError::new(ErrorCode::NothingToDo, "ticket", "this ticket was used, or its export went; ask for another");
    let download = app.tickets.take(&name_of(ticket)).ok_or_else(gone)?;
    let mut file = File::open(&download.path).await.map_err(|_| gone())?;
    let bytes = file.seek(SeekFrom::End(0)).await.map_err(|_| gone())?;
    file.seek(SeekFrom::Start(0)).await.map_err(|_| gone())?;
    // The name is the till's own: letters, digits, dots and hyphens.
    let named = HeaderValue::try_from(format!("attachment; filename=\"{}\"", download.name));
    let sending = Sending { host: app.host.clone(), download, file, left: bytes };
    let mut response = Body::from_stream(stream::try_unfold(sending, Sending::next)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    headers.insert(header::CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}

/// A file on its way. Once its last byte was handed over, the host hears of it; of one that breaks off it does not, so
/// that it can be fetched again.
struct Sending<H: Host> {
    host: H,
    download: Download,
    file: File,
    left: u64,
}

impl<H: Host> Sending<H> {
    async fn next(mut self) -> std::io::Result<Option<(Bytes, Self)>> {
        let room = usize::try_from(self.left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        let mut chunk = vec![0; room];
        let count = self.file.read(&mut chunk).await?;
        if count == 0 {
            return Ok(None);
        }
        chunk.truncate(count);
        self.left -= u64::try_from(count).expect("a chunk is small");
        Ok(Some((Bytes::from(chunk), self)))
    }
}

impl<H: Host> Drop for Sending<H> {
    fn drop(&mut self) {
        if self.left == 0 {
            self.host.downloaded(&self.download);
        }
    }
}
