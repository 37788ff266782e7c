//! What a caller of head office's API may do: one table, asked by every door before every call.
//!
//! A role has one scope for each operation. The scope gives a [`Reach`]: which stores, and whose orders. One object is held
//! against it by [`permit`]; a list takes it as its filter, so that both say the same.

use std::collections::BTreeSet;

use crate::ids::{StoreId, SubjectId};

use Scope::{Nothing, Own, Stores as OfStores, Tenant};

/// What a caller of the API is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiRole {
    /// May do everything in its tenant.
    Admin,
    /// Works for the stores that the token names.
    Staff,
    /// Has orders of its own.
    Customer,
    /// A device of a store.
    Device,
}

impl ApiRole {
    /// Every role, in the order of the table's columns.
    pub const ALL: [ApiRole; 4] = [ApiRole::Admin, ApiRole::Staff, ApiRole::Customer, ApiRole::Device];

    /// The role's name, in a token and in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ApiRole::Admin => "admin",
            ApiRole::Staff => "staff",
            ApiRole::Customer => "customer",
            ApiRole::Device => "device",
        }
    }

    /// Whether the role may name another user than itself as the one who orders.
    #[must_use]
    pub const fn acts_for_others(self) -> bool {
        matches!(self, ApiRole::Admin | ApiRole::Staff)
    }
}

/// The stores that a caller may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stores {
    /// Every store of the tenant.
    All,
    /// These.
    Only(BTreeSet<StoreId>),
}

impl Stores {
    /// Whether the store is one of them.
    #[must_use]
    pub fn has(&self, store: StoreId) -> bool {
        match self {
            Stores::All => true,
            Stores::Only(stores) => stores.contains(&store),
        }
    }
}

/// How far a role reaches with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Whatever belongs to the tenant.
    Tenant,
    /// What belongs to the caller's stores.
    Stores,
    /// What is the caller's own, in the caller's stores.
    Own,
    /// Nothing: the role may not do it.
    Nothing,
}

macro_rules! api_operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal => [$($scope:ident),+]),+ $(,)?) => {
        /// A call of the API, by what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ApiOperation {
            $($(#[$doc])* $name,)+
        }

        impl ApiOperation {
            /// The operation's name, in metrics and in the audit log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            const fn scopes(self) -> [Scope; 4] {
                match self {
                    $(Self::$name => [$($scope),+],)+
                }
            }
        }

        /// Operation × scope of admin, staff, customer, device.
        pub const API_POLICY: &[(ApiOperation, [Scope; 4])] = &[$((ApiOperation::$name, [$($scope),+])),+];
    };
}

// What touches no order and no customer (webhooks) reads `Tenant` as 'may'. A device orders for itself and sees its store.
api_operations! {
    /// Places an order.
    CreateOrder = "create_order" => [Tenant, OfStores, Own, Own],
    /// Reads one order.
    GetOrder = "get_order" => [Tenant, OfStores, Own, OfStores],
    /// Reads a list of orders.
    ListOrders = "list_orders" => [Tenant, OfStores, Own, OfStores],
    /// Changes an order.
    UpdateOrder = "update_order" => [Tenant, OfStores, Own, Own],
    /// Calls an order off.
    CancelOrder = "cancel_order" => [Tenant, OfStores, Own, Own],
    /// Asks for a page where what is due of an order can be paid.
    RequestOrderPayment = "request_order_payment" => [Tenant, OfStores, Own, Own],
    /// Follows orders: change feed and stream.
    WatchOrders = "watch_orders" => [Tenant, OfStores, Own, OfStores],
    /// Registers a customer.
    RegisterCustomer = "register_customer" => [Tenant, Tenant, Own, Nothing],
    /// Reads a customer.
    GetCustomer = "get_customer" => [Tenant, Tenant, Own, Nothing],
    /// Changes a customer's name, phone or addresses.
    ChangeCustomer = "change_customer" => [Tenant, Tenant, Own, Nothing],
    /// Changes a customer's e-mail.
    ChangeEmail = "change_email" => [Tenant, Tenant, Own, Nothing],
    /// Lets a customer order again.
    ActivateCustomer = "activate_customer" => [Tenant, Nothing, Nothing, Nothing],
    /// Keeps a customer from ordering.
    DeactivateCustomer = "deactivate_customer" => [Tenant, Nothing, Nothing, Nothing],
    /// Forgets a customer's person.
    EraseCustomer = "erase_customer" => [Tenant, Nothing, Nothing, Nothing],
    /// Registers, lists, removes webhooks, and has one sent again.
    ManageWebhooks = "manage_webhooks" => [Tenant, Nothing, Nothing, Nothing],
}

impl std::fmt::Display for ApiOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiActor<'a> {
    /// What it is.
    pub role: ApiRole,
    /// The stores of its token.
    pub stores: &'a Stores,
    /// Its own key as a customer.
    pub customer: SubjectId,
}

/// What is asked about. What is not known, or belongs to nobody, is none, and only the whole tenant reaches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Target {
    /// The store that it belongs to.
    pub store: Option<StoreId>,
    /// The customer whose it is.
    pub customer: Option<SubjectId>,
}

/// Why something may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The role may not do this at all.
    #[error("the role may not do this")]
    Role,
    /// It belongs to a store that is not the caller's.
    #[error("the store is not one of the token's")]
    Store,
    /// It belongs to another customer.
    #[error("it is another customer's")]
    Owner,
}

/// How far a caller reaches: what a list is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Of these stores; none where stores do not matter.
    pub stores: Option<Stores>,
    /// Of this customer alone.
    pub customer: Option<SubjectId>,
}

impl Reach {
    /// Whether something lies within it.
    ///
    /// # Errors
    /// [`Denied`]: first the store is looked at, then the owner.
    pub fn covers(&self, target: &Target) -> Result<(), Denied> {
        if let Some(stores) = &self.stores {
            let inside = match (stores, target.store) {
                (Stores::All, _) => true,
                (_, Some(store)) => stores.has(store),
                // What has no store, such as a customer, is not narrowed by stores where its owner is.
                (_, None) => self.customer.is_some(),
            };
            if !inside {
                return Err(Denied::Store);
            }
        }
        match self.customer {
            Some(own) if target.customer != Some(own) => Err(Denied::Owner),
            _ => Ok(()),
        }
    }
}

/// How far the caller reaches with an operation.
///
/// # Errors
/// [`Denied::Role`].
pub fn reach(actor: &ApiActor<'_>, operation: ApiOperation) -> Result<Reach, Denied> {
    match scope(actor.role, operation) {
        Tenant => Ok(Reach { stores: None, customer: None }),
        OfStores => Ok(Reach { stores: Some(actor.stores.clone()), customer: None }),
        Own => Ok(Reach { stores: Some(actor.stores.clone()), customer: Some(actor.customer) }),
        Nothing => Err(Denied::Role),
    }
}

/// Whether the caller may do this to that.
///
/// # Errors
/// [`Denied`].
pub fn permit(actor: &ApiActor<'_>, operation: ApiOperation, target: &Target) -> Result<(), Denied> {
    reach(actor, operation)?.covers(target)
}

/// The cell of the table.
#[must_use]
pub const fn scope(role: ApiRole, operation: ApiOperation) -> Scope {
    let [admin, staff, customer, device] = operation.scopes();
    match role {
        ApiRole::Admin => admin,
        ApiRole::Staff => staff,
        ApiRole::Customer => customer,
        ApiRole::Device => device,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn store(number: u128) -> StoreId {
        StoreId(Uuid::from_u128(number))
    }

    fn subject(number: u128) -> SubjectId {
        SubjectId(Uuid::from_u128(number))
    }

    fn target(of: u128, whose: u128) -> Target {
        Target { store: Some(store(of)), customer: Some(subject(whose)) }
    }

    /// Over the whole table: what each scope lets pass, and how it refuses the rest.
    #[test]
    fn each_cell_of_the_table_lets_pass_what_its_scope_says_and_nothing_else() {
        let mine = Stores::Only(BTreeSet::from([store(1)]));
        for (operation, scopes) in API_POLICY {
            for (role, expected) in ApiRole::ALL.into_iter().zip(scopes) {
                assert_eq!(scope(role, *operation), *expected, "{operation} {role:?}");
                let actor = ApiActor { role, stores: &mine, customer: subject(7) };
                let asked = |target| permit(&actor, *operation, &target);
                let (own, others, elsewhere) = (target(1, 7), target(1, 8), target(2, 7));
                let wanted = match expected {
                    Tenant => [Ok(()), Ok(()), Ok(()), Ok(())],
                    OfStores => [Ok(()), Ok(()), Err(Denied::Store), Err(Denied::Store)],
                    Own => [Ok(()), Err(Denied::Owner), Err(Denied::Store), Err(Denied::Owner)],
                    Nothing => [Err(Denied::Role); 4],
                };
                let found = [asked(own), asked(others), asked(elsewhere), asked(Target::default())];
                assert_eq!(found, wanted, "{operation} {role:?}");
            }
        }
    }

    #[test]
    fn an_admin_may_do_everything_and_no_other_role_reaches_the_whole_tenant_with_an_order() {
        for (operation, [admin, others @ ..]) in API_POLICY {
            assert_eq!(*admin, Tenant, "{operation}");
            if operation.as_str().contains("_order") {
                assert!(others.iter().all(|scope| *scope != Tenant), "{operation}");
            }
        }
    }

    #[test]
    fn who_has_no_store_reaches_none() {
        let none = Stores::Only(BTreeSet::new());
        let actor = ApiActor { role: ApiRole::Staff, stores: &none, customer: subject(7) };
        assert_eq!(permit(&actor, ApiOperation::GetOrder, &target(1, 7)), Err(Denied::Store));
        let actor = ApiActor { role: ApiRole::Customer, ..actor };
        assert_eq!(permit(&actor, ApiOperation::CreateOrder, &target(1, 7)), Err(Denied::Store));
        // A customer's own record is of no store.
        let own = Target { store: None, customer: Some(subject(7)) };
        assert_eq!(permit(&actor, ApiOperation::GetCustomer, &own), Ok(()));
    }

    #[test]
    fn a_list_is_narrowed_to_what_one_object_is_held_against() {
        let mine = Stores::Only(BTreeSet::from([store(1)]));
        let customer = ApiActor { role: ApiRole::Customer, stores: &mine, customer: subject(7) };
        let narrowed = reach(&customer, ApiOperation::ListOrders).unwrap();
        assert_eq!((narrowed.stores, narrowed.customer), (Some(mine.clone()), Some(subject(7))));
        let admin = ApiActor { role: ApiRole::Admin, ..customer };
        assert_eq!(reach(&admin, ApiOperation::ListOrders).unwrap(), Reach { stores: None, customer: None });
    }

    #[test]
    fn names_are_told_apart() {
        let names: BTreeSet<&str> = API_POLICY.iter().map(|(operation, _)| operation.as_str()).collect();
        assert_eq!(names.len(), API_POLICY.len());
    }

    #[test]
    fn only_staff_and_admin_order_for_others() {
        let roles: Vec<&str> =
            ApiRole::ALL.into_iter().filter(|role| role.acts_for_others()).map(ApiRole::as_str).collect();
        assert_eq!(roles, ["admin", "staff"]);
    }
}
