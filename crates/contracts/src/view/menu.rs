//! What a menu file holds, before it is imported.

views! {
    /// One of the menus of a file.
    MenuChoice {
        /// Its id, to be named when it is imported.
        id: String,
        /// Its name; the id where it has none.
        name: String,
    }
    /// A remark about a place of a menu file. It is for whoever made the file, and English.
    MenuRemark {
        /// Where: `items[12].price`, or `line 3, column 7` in a text that is no JSON; empty for the file as a whole.
        place: String,
        /// What there is to say.
        text: String,
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
