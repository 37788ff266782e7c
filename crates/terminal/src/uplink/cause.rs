//! Why there is no connection: what the network, the handshake and head office say, in the ten words that a person is told.

use std::error::Error;
use std::io;

use docket_log::replication::Cause;
use tokio_rustls::rustls;
use tonic::{Code, Status};

/// Why a connection or a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The address is not one that can be spoken to.
    #[error("{0}")]
    Address(String),
    /// The name can't be looked up.
    #[error("the name can't be looked up")]
    Name(#[source] io::Error),
    /// No connection.
    #[error("no connection")]
    Dial(#[source] io::Error),
    /// No handshake.
    #[error("no handshake")]
    Tls(#[source] io::Error),
    /// It took too long.
    #[error("no answer in time")]
    Silent,
    /// No stream of messages on the connection.
    #[error("no stream of messages")]
    Transport(#[source] tonic::transport::Error),
    /// Head office said no.
    #[error("head office: {}", .0.message())]
    Status(#[source] Box<Status>),
    /// What it says makes no sense.
    #[error("{0}")]
    Protocol(String),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Failure::Status(Box::new(status))
    }
}

impl Failure {
    /// In one word. `clocks_apart` says that the two clocks were far apart when they were last compared.
    pub(super) fn cause(&self, clocks_apart: bool) -> Cause {
        match self {
            Failure::Address(_) => Cause::NoName,
            Failure::Name(error) => of_name(error),
            Failure::Dial(error) => of_dial(error),
            Failure::Tls(error) => of_tls(error, clocks_apart),
            Failure::Silent | Failure::Transport(_) => Cause::Silent,
            Failure::Status(status) => of_status(status),
            Failure::Protocol(_) => Cause::Protocol,
        }
    }
}

fn of_name(error: &io::Error) -> Cause {
    // The system's word for 'nobody who could be asked answers', which is what a pulled cable comes to.
    if error.to_string().contains("Temporary failure") { Cause::NoNetwork } else { Cause::NoName }
}

fn of_dial(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            Cause::NoNetwork
        }
        io::ErrorKind::AddrNotAvailable => Cause::NoNetwork,
        io::ErrorKind::TimedOut => Cause::Silent,
        _ => Cause::Refused,
    }
}

fn of_tls(error: &io::Error, clocks_apart: bool) -> Cause {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    let said = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match said {
        Some(rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. })) => Cause::Clock,
        Some(rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. })) if clocks_apart => Cause::Clock,
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => Cause::Certificate,
        Some(_) => Cause::Protocol,
        None => Cause::Silent,
    }
}

fn of_status(status: &Status) -> Cause {
    // A status without a cause was sent; one with a cause was made here of what broke.
    if status.source().is_some() {
        return Cause::Silent;
    }
    match status.code() {
        Code::Unauthenticated => Cause::Token,
        Code::PermissionDenied => Cause::Revoked,
        Code::FailedPrecondition | Code::Unimplemented | Code::InvalidArgument | Code::OutOfRange => Cause::Protocol,
        Code::DeadlineExceeded | Code::Cancelled => Cause::Silent,
        _ => Cause::Trouble,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(error: rustls::Error) -> Failure {
        Failure::Tls(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn each_failure_has_a_word() {
        use rustls::CertificateError::{Expired, NotValidYet, UnknownIssuer};
        let certificate = rustls::Error::InvalidCertificate;
        let cases = [
            (
                Failure::Name(io::Error::other("failed to lookup address information: Name or service not known")),
                Cause::NoName,
            ),
            (
                Failure::Name(io::Error::other(
                    "failed to lookup address information: Temporary failure in name resolution",
                )),
                Cause::NoNetwork,
            ),
            (Failure::Dial(io::ErrorKind::ConnectionRefused.into()), Cause::Refused),
            (Failure::Dial(io::ErrorKind::NetworkUnreachable.into()), Cause::NoNetwork),
            (Failure::Silent, Cause::Silent),
            (tls(certificate(UnknownIssuer)), Cause::Certificate),
            (tls(certificate(Expired)), Cause::Certificate),
            (tls(certificate(NotValidYet)), Cause::Clock),
            (Status::unauthenticated("token").into(), Cause::Token),
            (Status::permission_denied("revoked").into(), Cause::Revoked),
            (Status::failed_precondition("protocol").into(), Cause::Protocol),
            (Status::unavailable("no database").into(), Cause::Trouble),
            (Failure::Protocol("hello".into()), Cause::Protocol),
        ];
        for (failure, cause) in cases {
            assert_eq!(failure.cause(false), cause, "{failure}");
        }
    }

    #[test]
    fn a_certificate_that_is_over_is_the_clocks_fault_where_the_clocks_were_far_apart() {
        let failure = tls(rustls::Error::InvalidCertificate(rustls::CertificateError::Expired));
        assert_eq!(failure.cause(true), Cause::Clock);
    }
}
