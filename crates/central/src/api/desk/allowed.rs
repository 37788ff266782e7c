//! Whose orders a caller may place and see.

use docket_domain::ids::{StoreId, SubjectId};
use docket_domain::policy::api::{ApiOperation, Reach, Target};

use crate::api::caller::{Caller, Stores, customer_of};
use crate::api::fault::Fault;
use crate::api::order::NewOrder;

/// The customer of an order that the caller places.
///
/// # Errors
/// [`FaultCode::Forbidden`] names the field.
pub(super) fn customer_for(caller: &Caller, order: &NewOrder) -> Result<SubjectId, Fault> {
    caller.may_order_for(&order.user_id)?;
    let customer = order.customer_id.unwrap_or_else(|| customer_of(caller.tenant, &order.user_id));
    Ok(customer)
}

/// Whether the caller may place an order for this customer in a store.
///
/// # Errors
/// [`FaultCode::Forbidden`](crate::api::FaultCode::Forbidden) names the field.
pub(super) fn place(caller: &Caller, store: StoreId, customer: SubjectId) -> Result<(), Fault> {
    caller.allow(ApiOperation::CreateOrder, &Target { store: Some(store), customer: Some(customer) })
}

/// What of a tenant's orders a caller may know of.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub stores: Stores,
    /// Only this customer's.
    pub customer: Option<SubjectId>,
}

impl Scope {
    pub(super) fn of(caller: &Caller, operation: ApiOperation) -> Result<Self, Fault> {
        let reach = caller.reach(operation)?;
        Ok(Scope { stores: reach.stores.unwrap_or(Stores::All), customer: reach.customer })
    }

    pub(super) fn has(&self, store: StoreId, customer: Option<SubjectId>) -> bool {
        let reach = Reach { stores: Some(self.stores.clone()), customer: self.customer };
        reach.covers(&Target { store: Some(store), customer }).is_ok()
    }
}
