//! A device that head office knows, without a till: a key, the store that it founded, and a token.

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::DeviceKey;
use docket_sync::v1::EnrolRequest;
use docket_sync::v1::enrolment_client::EnrolmentClient;
use prost::bytes::Bytes;
use uuid::Uuid;

use crate::error::BenchError;
use crate::office::Office;

/// One device.
pub struct Device {
    /// Its place among the devices of a run.
    pub number: u32,
    /// Signs its rows.
    pub key: DeviceKey,
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its store.
    pub store: StoreId,
    /// Lets it in.
    pub token: String,
}

impl Device {
    /// Enrols a device, which founds a store.
    pub async fn enrol(office: &Office, number: u32) -> Result<Self, BenchError> {
        let unfit = |what: &str| BenchError::NotComparable(format!("enrolment: {what}"));
        let code = office.code()?;
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let key = DeviceKey::from_seed(&seed).map_err(|_| unfit("the seed is no key"))?;
        let made_up = |kind: u128| Uuid::from_u128(kind << 96 | 0x7000_8000_0000_0000_0000 | u128::from(number));
        let (id, tenant, store) = (DeviceId(made_up(1)), TenantId(made_up(2)), StoreId(made_up(3)));
        let public = key.public();
        let proof = docket_sync::enrolment_proof(&code, id, &public, tenant, store);
        let bytes = |id: Uuid| Bytes::copy_from_slice(id.as_bytes());
        let request = EnrolRequest {
            code,
            device_id: bytes(id.0),
            public_key: Bytes::copy_from_slice(&public.0),
            tenant_id: bytes(tenant.0),
            store_id: bytes(store.0),
            store_name: format!("Store {number}"),
            device_class: "till".to_owned(),
            signature: Bytes::copy_from_slice(&key.sign_proof(&proof).0),
            open_orders: 0,
        };
        let channel = super::line::channel(office).await?;
        let reply = EnrolmentClient::new(channel).enrol(request).await.map_err(Box::new)?.into_inner();
        let id_of = |bytes: &[u8]| Uuid::from_slice(bytes).map_err(|_| unfit("an id has not 16 bytes"));
        let (tenant, store) = (TenantId(id_of(&reply.tenant_id)?), StoreId(id_of(&reply.store_id)?));
        Ok(Self { number, key, id, tenant, store, token: reply.token })
    }

    /// Enrols so many.
    pub async fn some(office: &Office, count: u32) -> Result<Vec<Self>, BenchError> {
        let mut devices = Vec::new();
        for number in 0..count {
            devices.push(Self::enrol(office, number).await?);
        }
        Ok(devices)
    }
}
