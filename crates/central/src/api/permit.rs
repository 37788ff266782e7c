//! The policy of the domain, asked for a caller: what is refused becomes a fault that tells no more than it must.

use docket_domain::policy::api::{ApiActor, ApiOperation, Denied, Reach, Target, permit, reach};

use super::caller::Caller;
use super::fault::{Fault, FaultCode, Violation};

impl Caller {
    /// Who it is to the policy.
    #[must_use]
    pub fn to_policy(&self) -> ApiActor<'_> {
        ApiActor { role: self.role, stores: &self.stores, customer: self.customer() }
    }

    /// Whether it may do this to that. What it may not know of is not there for it.
    ///
    /// # Errors
    /// [`FaultCode::Forbidden`] where its role may not, or a new order would be another's; [`FaultCode::NotFound`] for what
    /// is there and is not its to see.
    pub fn allow(&self, operation: ApiOperation, target: &Target) -> Result<(), Fault> {
        permit(&self.to_policy(), operation, target).map_err(|denied| self.fault(operation, denied))
    }

    /// What a list of it is narrowed to.
    ///
    /// # Errors
    /// [`FaultCode::Forbidden`] where its role may not do it at all.
    pub fn reach(&self, operation: ApiOperation) -> Result<Reach, Fault> {
        reach(&self.to_policy(), operation).map_err(|denied| self.fault(operation, denied))
    }

    /// Whether it may name this user as the one who orders.
    ///
    /// # Errors
    /// [`FaultCode::Forbidden`] with the field `user_id`.
    pub fn may_order_for(&self, user: &str) -> Result<(), Fault> {
        if self.any_user || self.role.acts_for_others() || user == self.subject {
            return Ok(());
        }
        Err(forbidden("user_id", "must be the token's sub"))
    }

    fn fault(&self, operation: ApiOperation, denied: Denied) -> Fault {
        let creates = operation == ApiOperation::CreateOrder;
        match denied {
            Denied::Role => {
                Fault::new(FaultCode::Forbidden, format!("the role {} may not {operation}", self.role.as_str()))
            }
            Denied::Store if creates => forbidden("store_id", "must be one of the token's stores"),
            Denied::Owner if creates => forbidden("customer_id", "must be the token's own customer"),
            Denied::Store | Denied::Owner => Fault::new(FaultCode::NotFound, "there is no such thing"),
        }
    }
}

fn forbidden(field: &str, rule: &str) -> Fault {
    let violation = Violation { field: field.to_owned(), rule: rule.to_owned(), valid: None };
    Fault::fields(FaultCode::Forbidden, vec![violation])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use docket_domain::ids::{StoreId, TenantId};
    use uuid::Uuid;

    use super::super::caller::{ApiRole, Stores, customer_of};
    use super::*;

    fn customer() -> Caller {
        Caller {
            tenant: TenantId(Uuid::from_u128(1)),
            subject: "user-123".into(),
            role: ApiRole::Customer,
            stores: Stores::Only(BTreeSet::from([StoreId(Uuid::from_u128(5))])),
            device: None,
            any_user: false,
        }
    }

    #[test]
    fn anothers_order_is_not_there_and_a_new_one_for_another_is_forbidden_by_field() {
        let caller = customer();
        let other = Some(customer_of(caller.tenant, "user-124"));
        let theirs = Target { store: Some(StoreId(Uuid::from_u128(5))), customer: other };
        let code = |operation| caller.allow(operation, &theirs).unwrap_err().code;
        assert_eq!(code(ApiOperation::GetOrder), FaultCode::NotFound);
        assert_eq!(code(ApiOperation::CancelOrder), FaultCode::NotFound);
        assert_eq!(code(ApiOperation::CreateOrder), FaultCode::Forbidden);
        assert_eq!(code(ApiOperation::ManageWebhooks), FaultCode::Forbidden);
        let elsewhere = Target { store: Some(StoreId(Uuid::from_u128(6))), customer: Some(caller.customer()) };
        let fault = caller.allow(ApiOperation::CreateOrder, &elsewhere).unwrap_err();
        assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::Forbidden, "store_id"));
    }

    #[test]
    fn who_orders_is_the_token_except_for_staff_admin_and_the_demonstration() {
        let caller = customer();
        assert_eq!(caller.may_order_for("user-123"), Ok(()));
        let fault = caller.may_order_for("user-124").unwrap_err();
        assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::Forbidden, "user_id"));
        assert_eq!(Caller { role: ApiRole::Staff, ..customer() }.may_order_for("user-124"), Ok(()));
        assert_eq!(Caller { any_user: true, ..customer() }.may_order_for("user-124"), Ok(()));
        assert!(Caller { role: ApiRole::Device, ..customer() }.may_order_for("user-124").is_err());
    }
}
