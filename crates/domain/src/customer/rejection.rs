//! Why a command to a customer is refused.

/// A refusal. Its text is the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustomerRejection {
    /// The key is taken.
    #[error("a customer with this key is registered already")]
    AlreadyRegistered,
    /// Nothing is known of it.
    #[error("no customer has this key")]
    NotRegistered,
    /// The person was forgotten, for good.
    #[error("the customer was erased")]
    Erased,
    /// The e-mail address was changed a short time ago.
    #[error("the e-mail address was changed less than 24 hours ago")]
    EmailChangedLately {
        /// When it can be changed again, in milliseconds of the Unix epoch.
        again_ms: i64,
    },
}
