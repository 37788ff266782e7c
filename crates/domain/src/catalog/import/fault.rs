//! Why a menu can't be imported: a place, and the rule that is broken there.

use super::words::{MenuContradiction, MenuShape, MenuThing, MenuUnit};
use crate::catalog::limits::MAX_IMPORT_FAULTS;
use crate::catalog::{Allergen, CatalogueError, limits};
use crate::money::TaxRate;

/// A fault in a menu. One is enough to import nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFault {
    /// Where: `items[12].price`, or `line 3, column 7` in a text that is no JSON; empty for the menu as a whole.
    pub place: String,
    /// What is wrong there.
    pub problem: ImportProblem,
}

impl std::fmt::Display for ImportFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.place.is_empty() {
            return self.problem.fmt(f);
        }
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl std::error::Error for ImportFault {}

impl ImportFault {
    /// The code that hosts and the UI branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// The place of the fault.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.place
    }

    /// The rule that was broken, as a sentence.
    #[must_use]
    pub fn rule(&self) -> String {
        self.problem.to_string()
    }
}

/// What is wrong at a place of a menu.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportProblem {
    /// The text is not JSON.
    #[error("is not JSON: {message}")]
    NotJson {
        /// What the JSON reader says.
        message: String,
    },
    /// The file is larger than a menu may be.
    #[error("a menu file has at most {} bytes", limits::MAX_MENU_BYTES)]
    FileTooLarge,
    /// The file has several menus, and none was named.
    #[error("the file has several menus, name one of them: {ids}")]
    SeveralMenus {
        /// Their ids.
        ids: String,
    },
    /// The file has no menu of the name given.
    #[error("the file has no menu {id:?}, only: {ids}")]
    UnknownMenu {
        /// As asked for.
        id: String,
        /// What there is.
        ids: String,
    },
    /// A field that must be there is not.
    #[error("is required")]
    Missing,
    /// A field is there twice.
    #[error("is stated twice")]
    StatedTwice,
    /// A value is of another type.
    #[error("must be {expected}")]
    WrongType {
        /// What it should be.
        expected: MenuShape,
    },
    /// A text or list says nothing.
    #[error("must not be empty")]
    Empty,
    /// A text is too long.
    #[error("must have at most {max} {unit}")]
    TooLong {
        /// The limit.
        max: usize,
        /// Of what.
        unit: MenuUnit,
    },
    /// A text has control characters, which no receipt printer and no screen shows.
    #[error("must not have control characters")]
    ControlCharacters,
    /// A list is too long.
    #[error("must have at most {max} entries")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// A text is not a decimal number.
    #[error("{text:?} is not a decimal number such as 3.80")]
    NotANumber {
        /// As written, cut.
        text: String,
    },
    /// A price has more decimals than its currency.
    #[error("{text:?} has more decimals than {currency} allows")]
    TooManyDecimals {
        /// As written, cut.
        text: String,
        /// Code of the currency.
        currency: &'static str,
    },
    /// A number lies outside its range.
    #[error("{text:?} must lie between {least} and {most}")]
    OutOfRange {
        /// As written, cut.
        text: String,
        /// The least value.
        least: &'static str,
        /// The largest value, in the unit of the field.
        most: String,
    },
    /// A tax rate lies outside its range, or has too many decimals.
    #[error("{text:?} must lie between 0 and 100 percent with {} decimals", TaxRate::MAX_DECIMALS)]
    RateOutOfRange {
        /// As written, cut.
        text: String,
    },
    /// The currency is not one.
    #[error("{code:?} is not an active ISO 4217 currency")]
    UnknownCurrency {
        /// As written, cut.
        code: String,
    },
    /// Something is named that is not there.
    #[error("there is no {kind} {name:?}")]
    Unknown {
        /// What was looked for.
        kind: MenuThing,
        /// Its name or id, cut.
        name: String,
    },
    /// An allergen is not one of the fourteen.
    #[error("{code:?} is not an allergen of the list: {}", Allergen::ALL.map(Allergen::code).join(", "))]
    UnknownAllergen {
        /// As written, cut.
        code: String,
    },
    /// A name fits two things.
    #[error("{name:?} is the name of two items")]
    Ambiguous {
        /// The name, cut.
        name: String,
    },
    /// Two things of one kind have the same id.
    #[error("the {kind} {id:?} is there twice")]
    Duplicate {
        /// What: `item`, `modifier group`, `option`, `size` or `tax`.
        kind: MenuThing,
        /// Its id, cut.
        id: String,
    },
    /// Bounds exclude each other.
    #[error("{least_name} {least} is above {most_name} {most}")]
    Bounds {
        /// The field of the lower bound.
        least_name: &'static str,
        /// The lower bound.
        least: u32,
        /// The field of the upper bound.
        most_name: &'static str,
        /// The upper bound.
        most: u32,
    },
    /// A forced group offers nothing.
    #[error("a choice is required and there is nothing to choose")]
    NothingToChoose,
    /// With several taxes, one does not say for which order types it applies.
    #[error(
        "with several taxes {name:?} must say when it applies: name it eat-in or take-away, or give it order_types"
    )]
    TaxWithoutOrderType {
        /// The tax's name, cut.
        name: String,
    },
    /// A choice beyond what a combo includes has no price of its own.
    #[error("{name:?} has no fixed price of its own, which a choice beyond `included` would cost")]
    NoOwnPrice {
        /// The item's name, cut.
        name: String,
    },
    /// Two fields say different things about one matter.
    #[error("{rule}")]
    Contradiction {
        /// The rule.
        rule: MenuContradiction,
    },
    /// What was read is no catalogue.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// There are more faults than are listed.
    #[error("more than {MAX_IMPORT_FAULTS} faults, the rest was not looked at")]
    MoreFaults,
}

impl ImportProblem {
    /// The code that hosts and the UI branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "menu_not_json",
            Self::FileTooLarge => "menu_too_large",
            Self::SeveralMenus { .. } => "menu_not_named",
            Self::UnknownMenu { .. } => "unknown_menu",
            _ => "menu_fault",
        }
    }
}
