//! The connection to head office: TLS 1.3, or plain to this machine itself where that was asked for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint};

use super::cause::Failure;
use crate::limits::{CERTIFICATES_BYTES_MAX, UPLINK_DIAL_MS, UPLINK_PING_MS, UPLINK_PONG_MS, UPLINK_WINDOW_BYTES};

/// Where systems keep the certificates that they trust.
const SYSTEM_CERTIFICATES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where head office is, and how it is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Address {
    host: String,
    port: u16,
    uri: Uri,
    ca: Option<String>,
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Address {
    /// Reads an address: `https://NAME[:PORT]`, or `http://` to this machine itself if `plain`.
    pub(super) fn parse(url: &str, plain: bool, ca: Option<&str>) -> Result<Self, String> {
        let uri: Uri = url.trim().parse().map_err(|_| "is an address such as https://office.example:8443")?;
        let host = uri.host().ok_or("names a host")?.trim_matches(['[', ']']).to_owned();
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if !plain => return Err("begins with https://; without TLS only if that is asked for".into()),
            Some("http") if is_this_machine(&host) => false,
            Some("http") => return Err("is spoken to without TLS only on this machine itself".into()),
            _ => return Err("begins with https://".into()),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("has nothing behind the port".into());
        }
        let ca = ca.map(str::to_owned);
        if let Some(text) = &ca {
            roots(text)?;
        }
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Address { host, port, uri, ca })
    }

    fn is_plain(&self) -> bool {
        self.uri.scheme_str() == Some("http")
    }

    /// Connects once. A channel whose connection has ended never comes back by itself.
    pub(super) async fn connect(&self) -> Result<Channel, Failure> {
        let dialled = tokio::time::timeout(Duration::from_millis(UPLINK_DIAL_MS), self.dial());
        let io = dialled.await.map_err(|_| Failure::Silent)??;
        let once = Arc::new(Mutex::new(Some(io)));
        let give = tower::service_fn(move |_: Uri| {
            let io = once.lock().unwrap_or_else(PoisonError::into_inner).take();
            async move { io.map(TokioIo::new).ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotConnected)) }
        });
        // The stream is made already, so that the channel has no say in how; it only needs a name for it.
        let name = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let uri: Uri =
            format!("http://{name}:{}", self.port).parse().map_err(|_| Failure::Address(self.host.clone()))?;
        Endpoint::from(uri)
            .origin(self.uri.clone())
            .http2_keep_alive_interval(Duration::from_millis(UPLINK_PING_MS))
            .keep_alive_timeout(Duration::from_millis(UPLINK_PONG_MS))
            .keep_alive_while_idle(true)
            .initial_stream_window_size(UPLINK_WINDOW_BYTES)
            .initial_connection_window_size(UPLINK_WINDOW_BYTES)
            .connect_with_connector(give)
            .await
            .map_err(Failure::Transport)
    }

    async fn dial(&self) -> Result<Box<dyn Io>, Failure> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(Failure::Name)?;
        let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
        for address in found {
            match TcpStream::connect(address).await {
                Ok(stream) => return self.shake_hands(stream).await,
                Err(error) => last = error,
            }
        }
        Err(Failure::Dial(last))
    }

    async fn shake_hands(&self, stream: TcpStream) -> Result<Box<dyn Io>, Failure> {
        stream.set_nodelay(true).map_err(Failure::Dial)?;
        if self.is_plain() {
            return Ok(Box::new(stream));
        }
        let config = self.tls().map_err(Failure::Address)?;
        let name = ServerName::try_from(self.host.clone()).map_err(|error| Failure::Address(error.to_string()))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(Failure::Tls)?;
        Ok(Box::new(stream))
    }

    fn tls(&self) -> Result<ClientConfig, String> {
        let roots = match &self.ca {
            Some(text) => roots(text)?,
            None => system_roots()?,
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The certificates of a PEM file.
fn roots(pem: &str) -> Result<RootCertStore, String> {
    if pem.len() > CERTIFICATES_BYTES_MAX {
        return Err(format!("the certificates have at most {CERTIFICATES_BYTES_MAX} bytes"));
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| "the certificates can't be read: they are a PEM file")?;
        roots.add(certificate).map_err(|error| format!("a certificate can't be trusted: {error}"))?;
    }
    if roots.is_empty() { Err("the file holds no certificate in PEM form".into()) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, String> {
    let named = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
    let paths = named.into_iter().chain(SYSTEM_CERTIFICATES.map(std::path::PathBuf::from));
    let mut found = RootCertStore::empty();
    for text in paths.filter_map(|path| std::fs::read(path).ok()) {
        // One that this program can't read is none that head office has.
        found.add_parsable_certificates(CertificateDer::pem_slice_iter(&text).filter_map(Result::ok));
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err("this system names no certificates that it trusts; enrol with those of head office (--ca FILE)".into())
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn rule(url: &str, plain: bool) -> Option<String> {
        Address::parse(url, plain, None).err()
    }

    #[test]
    fn plain_http_is_for_this_machine_alone_and_only_if_asked_for() {
        assert_eq!(rule("https://office.example:8443", false), None);
        assert_eq!(rule("http://127.0.0.1:9000", true), None);
        assert_eq!(rule("http://localhost:9000", true), None);
        assert_eq!(rule("http://[::1]:9000", true), None);
        assert!(rule("http://127.0.0.1:9000", false).is_some_and(|rule| rule.contains("asked for")));
        assert!(rule("http://office.example", true).is_some_and(|rule| rule.contains("this machine itself")));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "office.example", "ftp://office.example", "https://office.example/path", "https://"] {
            assert!(rule(url, true).is_some(), "{url}");
        }
        assert!(Address::parse("https://office.example", false, Some("no certificate")).is_err());
    }
}
