//! What faults speak of, as closed lists: a screen has a word of its own for each.

use std::fmt::{Display, Formatter, Result};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$row_doc:meta])* $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, specta::Type)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$row_doc])* $variant,)+ }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }
    )+};
}

words! {
    /// Something that has an id or a name in a menu.
    MenuThing {
        /// An item.
        Item = "item",
        /// An item that a choice of a combo offers.
        ItemInChoice = "item in this choice",
        /// A menu.
        Menu = "menu",
        /// A modifier group.
        ModifierGroup = "modifier group",
        /// An option of one.
        Option = "option",
        /// A size of an item.
        Size = "size",
        /// A tax.
        Tax = "tax",
    }
    /// What a field holds.
    MenuShape {
        /// A decimal number, in quotes because JSON's numbers have no exact decimals.
        Decimal = "a decimal number in quotes such as \"3.80\"",
        /// A whole number.
        WholeNumber = "a whole number that is not negative",
        /// An order type, by its name.
        OrderType = "counter, dine_in or take_away",
        /// An object.
        Object = "an object",
        /// A truth value.
        TrueOrFalse = "true or false",
        /// A list.
        List = "a list",
        /// A text.
        Text = "a text",
    }
    /// What a text's length is counted in.
    MenuUnit {
        /// As a person counts.
        Characters = "characters",
        /// As a disk counts.
        Bytes = "bytes",
    }
    /// Two fields that say different things about one matter.
    MenuContradiction {
        /// A combo that offers itself.
        ComboHoldsItself = "a combo can't hold itself",
        /// Two ways to say how many.
        ChooseAndIncluded = "a choice states either `choose` or `included` and `max`",
        /// An exact number with an upper bound.
        ChooseHasMax = "`choose` is exact and has no `max`",
        /// A price of an item whose sizes have theirs.
        VariantsHavePrices = "an item with variants has no price of its own: each variant has the whole price",
    }
}
