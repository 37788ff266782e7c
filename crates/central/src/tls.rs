//! TLS 1.3 from certificate and key files. A replaced file is read anew at the next handshake; one that can't be used is
//! told in the log, and the certificate before stays.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

use crate::limits::{HANDSHAKE_MS, HANDSHAKES_MAX};

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{}: can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is no PEM of its kind.
    #[error("{}: is no {what} in PEM form", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// `certificate` or `private key`.
        what: &'static str,
    },
    /// Certificate and key don't belong together, or can't be used.
    #[error("certificate and key can't be used")]
    Rustls(#[from] rustls::Error),
}

/// What tells a replaced file from the one before.
type Stamp = (Option<SystemTime>, u64);

/// The files, and what was read of them last.
#[derive(Debug)]
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    read: Mutex<([Stamp; 2], Arc<ServerConfig>)>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn try_open(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let stamps = [stamp(cert), stamp(key)];
        let config = read(cert, key)?;
        Ok(Certificate { cert: cert.to_owned(), key: key.to_owned(), read: Mutex::new((stamps, config)) })
    }

    /// What a handshake shows now.
    #[must_use]
    pub fn current(&self) -> Arc<ServerConfig> {
        let stamps = [stamp(&self.cert), stamp(&self.key)];
        let mut kept = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != stamps {
            match read(&self.cert, &self.key) {
                Ok(config) => {
                    tracing::info!("the certificate was read anew");
                    *kept = (stamps, config);
                }
                // Often one of the two files is replaced before the other.
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a replaced certificate can't be used; the one before stays"
                ),
            }
        }
        kept.1.clone()
    }
}

impl Certificate {
    /// The same for peers of the web, which speak HTTP/2 or HTTP/1.1.
    #[must_use]
    pub fn for_web(&self) -> Arc<ServerConfig> {
        let mut config = ServerConfig::clone(&self.current());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

fn stamp(path: &Path) -> Stamp {
    std::fs::metadata(path).map_or((None, 0), |meta| (meta.modified().ok(), meta.len()))
}

fn read(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let bytes = |path: &Path| std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source });
    let pem = |path: &Path, what| TlsError::Pem { path: path.to_owned(), what };
    let chain = CertificateDer::pem_slice_iter(&bytes(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| pem(cert, "certificate"))?;
    let private = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| pem(key, "private key"))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// Takes connections and does their handshakes side by side, each within its time; a slow peer holds up nobody.
pub fn incoming(
    listener: TcpListener,
    certificate: Arc<Certificate>,
) -> ReceiverStream<Result<TlsStream<TcpStream>, std::io::Error>> {
    let (ready, stream) = mpsc::channel(16);
    let under_way = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    tokio::spawn(async move {
        while !ready.is_closed() {
            let Ok(permit) = under_way.clone().acquire_owned().await else { return };
            let tcp = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            let tcp = match tcp {
                Ok((tcp, _)) => tcp,
                Err(error) => {
                    // No file handles, for one: what is open goes on, and a little later there may be some.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let (ready, config) = (ready.clone(), certificate.current());
            tokio::spawn(async move {
                let _permit = permit;
                // Small answers go out at once; a peer that can't do that is served anyway.
                let _ = tcp.set_nodelay(true);
                let handshake = TlsAcceptor::from(config).accept(tcp);
                match timeout(Duration::from_millis(HANDSHAKE_MS), handshake).await {
                    Ok(Ok(tls)) => {
                        let _ = ready.send(Ok(tls)).await;
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                    Err(_) => tracing::debug!("a handshake took too long"),
                }
            });
        }
    });
    ReceiverStream::new(stream)
}
