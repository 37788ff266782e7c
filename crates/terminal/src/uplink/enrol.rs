//! Enrolment: a one-time code and the device's own key make this till one of head office.

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::{DeviceKey, PublicKey};
use docket_sync::v1::enrolment_client::EnrolmentClient;
use docket_sync::v1::{EnrolReply, EnrolRequest};
use prost::bytes::Bytes;
use tonic::Code;
use uuid::Uuid;

use super::cause::Failure;
use super::channel::Address;
use super::token::in_time;
use crate::data::HeadOffice;
use crate::error::{most, refuse};
use crate::limits::{ADDRESS_CHARS_MAX, CODE_CHARS_MAX};
use crate::terminal::Terminal;
use crate::writer::orders_open;

/// How a till is enrolled.
#[derive(Clone)]
pub struct EnrolOptions {
    /// Address of head office, such as `https://office.example:8443`.
    pub url: String,
    /// The one-time code.
    pub code: String,
    /// The certificates that head office must be vouched for by, as PEM; none means those that the system trusts.
    pub ca: Option<String>,
    /// Whether an `http://` address of this machine itself may be spoken to without TLS.
    pub plain: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolled {
    /// This till's own store became a store of head office.
    Founded,
    /// The till is a further one of its store, which head office knew already.
    Continued,
    /// The till belongs to another store now, and what is sold there comes down. What it sold before is an archive.
    Joined,
}

/// Who asks.
struct Asking {
    key: DeviceKey,
    device: DeviceId,
    tenant: TenantId,
    store: StoreId,
    /// Orders that are not done: how many, and how the first ones are called.
    open: (u32, Vec<String>),
}

impl Terminal {
    /// Enrols this till and begins to keep head office in step. An enrolment that was cut off is finished, whatever code is
    /// given.
    ///
    /// # Errors
    /// `already_enrolled`, `bad_input` for what is no address, code or certificate, `head_office_unreachable`,
    /// `enrolment_refused` as head office says, `orders_open` where the code is one of another store and orders are not done
    /// here, or as the store says.
    pub async fn enrol(&self, options: EnrolOptions) -> Result<Enrolled, ApiError> {
        let asking = self.asking().await?;
        let kept = HeadOffice::read(&self.inner.data)?.filter(|_| !self.inner.shared.head_office().revoked);
        let office = match kept {
            Some(office) if (office.tenant, office.store) == (asking.tenant, asking.store) => {
                let rule = format!("this till is enrolled at {} already", office.url);
                return Err(refuse(ErrorCode::AlreadyEnrolled, "", rule));
            }
            // Head office said yes, and the log does not say so yet.
            Some(office) => office,
            None => self.ask_head_office(&asking, &options).await?,
        };
        let joins = office.store != asking.store;
        let uplink = self.inner.clone();
        if tokio::task::spawn_blocking(move || uplink.uplinks.stop()).await.is_err() {
            tracing::error!("the uplink could not be stopped");
        }
        self.attach().await?;
        tracing::info!(url = office.url, founded = office.founded, joins, "this till is enrolled");
        Ok(match (joins, office.founded) {
            (true, _) => Enrolled::Joined,
            (false, true) => Enrolled::Founded,
            (false, false) => Enrolled::Continued,
        })
    }

    async fn asking(&self) -> Result<Asking, ApiError> {
        let asking = self.inner.writer.task(|writer| {
            writer.open_orders().map(|open| Asking {
                key: writer.key.clone(),
                device: writer.identity.device,
                tenant: writer.identity.tenant,
                store: writer.identity.store,
                open,
            })
        });
        Ok(asking.await??)
    }

    /// Hands the code in, and keeps the answer before the log says so: what is cut off between the two is finished by the
    /// next [`attach`](Self::attach).
    async fn ask_head_office(&self, asking: &Asking, options: &EnrolOptions) -> Result<HeadOffice, ApiError> {
        let address = check(options)?;
        let name = self.shop().set_up.as_ref().map_or_else(String::new, |shop| shop.name.clone());
        let reply =
            ask(&address, asking, options.code.trim(), name).await.map_err(|failure| refused(&failure, asking))?;
        let office = taken(&reply, options)?;
        office.write(&self.inner.data)?;
        Ok(office)
    }
}

fn check(options: &EnrolOptions) -> Result<Address, ApiError> {
    if options.url.chars().count() > ADDRESS_CHARS_MAX {
        let rule = format!("the address has at most {ADDRESS_CHARS_MAX} characters");
        return Err(refuse(ErrorCode::BadInput, "url", rule).with(most(ADDRESS_CHARS_MAX)));
    }
    let code = options.code.trim();
    if code.is_empty() || code.chars().count() > CODE_CHARS_MAX {
        let rule = format!("the code has 1 to {CODE_CHARS_MAX} characters");
        return Err(refuse(ErrorCode::BadInput, "code", rule).with(most(CODE_CHARS_MAX)));
    }
    Address::parse(&options.url, options.plain, options.ca.as_deref())
        .map_err(|rule| refuse(ErrorCode::BadInput, "url", rule))
}

async fn ask(address: &Address, asking: &Asking, code: &str, store_name: String) -> Result<EnrolReply, Failure> {
    let channel = address.connect().await?;
    let public = asking.key.public();
    let proof = docket_sync::enrolment_proof(code, asking.device, &public, asking.tenant, asking.store);
    let id = |id: Uuid| Bytes::copy_from_slice(id.as_bytes());
    let request = EnrolRequest {
        code: code.to_owned(),
        device_id: id(asking.device.0),
        public_key: Bytes::copy_from_slice(&public.0),
        tenant_id: id(asking.tenant.0),
        store_id: id(asking.store.0),
        store_name,
        device_class: "till".to_owned(),
        signature: Bytes::copy_from_slice(&asking.key.sign_proof(&proof).0),
        open_orders: asking.open.0,
    };
    Ok(in_time(EnrolmentClient::new(channel).enrol(request)).await?.into_inner())
}

fn taken(reply: &EnrolReply, options: &EnrolOptions) -> Result<HeadOffice, ApiError> {
    let id = |bytes: &[u8]| Uuid::from_slice(bytes).ok();
    let key = <[u8; 32]>::try_from(&reply.central_key[..]).ok().map(PublicKey);
    let (Some(tenant), Some(store), Some(central_key)) = (id(&reply.tenant_id), id(&reply.store_id), key) else {
        let rule = "head office answered with what is no store: it may be another program";
        return Err(refuse(ErrorCode::EnrolmentRefused, "", rule));
    };
    Ok(HeadOffice {
        url: options.url.trim().to_owned(),
        plain: options.plain,
        ca: options.ca.clone(),
        tenant: TenantId(tenant),
        store: StoreId(store),
        founded: reply.founded,
        central_key,
        former_tenant: id(&reply.former_tenant_id).map(TenantId),
        letters: reply.letters.clone(),
        token: reply.token.clone(),
        token_expires_ms: reply.token_expires_ms,
    })
}

/// What a person is told of a failed enrolment.
fn refused(failure: &Failure, asking: &Asking) -> ApiError {
    use std::error::Error as _;
    let (open, labels) = &asking.open;
    if let Failure::Status(status) = failure
        && status.code() == Code::FailedPrecondition
        && *open > 0
    {
        return orders_open(*open, labels);
    }
    if let Failure::Status(status) = failure
        && status.source().is_none()
        && !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Internal | Code::Unimplemented)
    {
        return refuse(ErrorCode::EnrolmentRefused, "code", status.message());
    }
    let source = failure.source().map_or_else(String::new, |source| format!(": {source}"));
    let rule = format!("head office can't be reached: {failure}{source}");
    ApiError { retryable: true, ..refuse(ErrorCode::HeadOfficeUnreachable, "url", rule) }
}
