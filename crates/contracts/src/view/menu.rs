//! What a menu file holds, before it is imported.

use docket_domain::catalog::import::{MenuContradiction, MenuShape, MenuThing, MenuUnit};
use serde::{Deserialize, Serialize};

/// What is wrong at a place of a menu file, for a screen that says it in words of its own. Texts of the file are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum MenuFault {
    /// The text is not JSON.
    NotJson {
        /// What the JSON reader says, in English.
        message: String,
    },
    /// The file is larger than a menu may be.
    FileTooLarge {
        /// Bytes.
        most: u32,
    },
    /// The file has several menus, and none was named.
    SeveralMenus {
        /// Their ids.
        ids: String,
    },
    /// The file has no menu of the name given.
    UnknownMenu {
        /// As asked for.
        id: String,
        /// What there is.
        ids: String,
    },
    /// A field that must be there is not.
    Missing,
    /// A field is there twice.
    StatedTwice,
    /// A value is of another type.
    WrongType {
        /// What it should be.
        expected: MenuShape,
    },
    /// A text or list says nothing.
    Empty,
    /// A text is too long.
    TooLong {
        /// The limit.
        most: u32,
        /// Of what.
        unit: MenuUnit,
    },
    /// A text has control characters.
    ControlCharacters,
    /// A list is too long.
    TooMany {
        /// The limit.
        most: u32,
    },
    /// A text is not a decimal number.
    NotANumber {
        /// As written.
        text: String,
    },
    /// A price has more decimals than its currency.
    TooManyDecimals {
        /// As written.
        text: String,
        /// ISO 4217 code.
        currency: String,
    },
    /// A number lies outside its range.
    OutOfRange {
        /// As written.
        text: String,
        /// The least value.
        least: String,
        /// The largest value.
        most: String,
    },
    /// A tax rate lies outside its range, or has too many decimals.
    RateOutOfRange {
        /// As written.
        text: String,
        /// How many decimals it may have.
        decimals: u32,
    },
    /// The currency is not one.
    UnknownCurrency {
        /// As written.
        currency: String,
    },
    /// Something is named that is not there.
    Unknown {
        /// What was looked for.
        kind: MenuThing,
        /// Its name or id.
        name: String,
    },
    /// An allergen is not one of the fourteen.
    UnknownAllergen {
        /// As written.
        text: String,
        /// The fourteen, as a menu names them.
        known: String,
    },
    /// A name fits two things.
    Ambiguous {
        /// The name.
        name: String,
    },
    /// Two things of one kind have the same id.
    Duplicate {
        /// What.
        kind: MenuThing,
        /// Its id.
        id: String,
    },
    /// Bounds exclude each other.
    Bounds {
        /// The field of the lower bound.
        least_name: String,
        /// The lower bound.
        least: u32,
        /// The field of the upper bound.
        most_name: String,
        /// The upper bound.
        most: u32,
    },
    /// A forced group offers nothing.
    NothingToChoose,
    /// With several taxes, one does not say for which order types it applies.
    TaxWithoutOrderType {
        /// The tax's name.
        name: String,
    },
    /// A choice beyond what a combo includes has no price of its own.
    NoOwnPrice {
        /// The item's name.
        name: String,
    },
    /// Two fields say different things about one matter.
    Contradiction {
        /// Which.
        rule: MenuContradiction,
    },
    /// What was read is no catalogue.
    NoCatalogue {
        /// Why, in English.
        message: String,
    },
    /// There are more faults than are listed.
    MoreFaults {
        /// How many are.
        most: u32,
    },
}

views! {
    /// One of the menus of a file.
    MenuChoice {
        /// Its id, to be named when it is imported.
        id: String,
        /// Its name; the id where it has none.
        name: String,
    }
    /// A remark about a place of a menu file, for whoever made the file.
    MenuRemark {
        /// Where: `items[12].price`, or `line 3, column 7` in a text that is no JSON; empty for the file as a whole.
        place: String,
        /// What there is to say, in English.
        text: String,
        /// The same for a screen with words of its own, if it is a fault.
        fault: Option<MenuFault>,
    }
    /// A tax of a menu.
    MenuTax {
        /// Name on the receipt.
        name: String,
        /// The rate, a decimal.
        percent: String,
    }
    /// What an import would bring.
    MenuContent {
        /// The menu's name.
        name: String,
        /// ISO 4217 code of its prices.
        currency: String,
        /// How many categories.
        categories: u32,
        /// How many products.
        products: u32,
        /// How many modifier groups.
        modifier_groups: u32,
        /// How many options these have.
        modifier_options: u32,
        /// Taxes in the order in which they apply.
        taxes: Vec<MenuTax>,
        /// Whether prices contain the taxes.
        prices_include_tax: bool,
        /// What the importer decided, and what nothing came of.
        notes: Vec<MenuRemark>,
    }
    /// A menu file as an import would find it.
    MenuCheck {
        /// The menus to choose from, where the file has several.
        menus: Vec<MenuChoice>,
        /// What would be imported; none where there are faults.
        content: Option<MenuContent>,
        /// Whether its currency is the one that the shop charges in.
        currency_fits: bool,
        /// Every fault, at most fifty; one is enough to import nothing.
        faults: Vec<MenuRemark>,
    }
}
