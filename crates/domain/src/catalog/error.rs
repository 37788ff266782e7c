//! Why a set of products, groups and taxes is not a catalogue.

/// Why content can't become a [`super::Catalogue`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two things of one kind have the same id.
    #[error("{kind} {id:?} is there twice")]
    Duplicate {
        /// What: `product`, `modifier group`, `option`, `category` or `tax`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Something names an id that the catalogue does not have.
    #[error("{owner:?} names the {kind} {id:?}, which the catalogue does not have")]
    Dangling {
        /// Who names it.
        owner: String,
        /// What it names: `category`, `tax`, `modifier group` or `product`.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// A forced group has nothing to choose, so its products could never be sold.
    #[error("modifier group {id:?} asks for a choice and offers none")]
    NothingToChoose {
        /// The group.
        id: String,
    },
    /// A group's bounds exclude each other.
    #[error("modifier group {id:?} has bounds that no choice can meet")]
    Bounds {
        /// The group.
        id: String,
    },
    /// A price is negative or beyond the limit.
    #[error("the price of {id:?} is out of range")]
    Price {
        /// The product or option.
        id: String,
    },
    /// There is more than the till holds.
    #[error("more than {max} of {kind}")]
    TooMany {
        /// What there is too much of.
        kind: &'static str,
        /// The limit.
        max: usize,
    },
}
