//! What a product can harm a guest with.
//!
//! The list is that of Regulation (EU) No 1169/2011, Annex II, "Substances or products causing allergies or
//! intolerances": fourteen entries, in its order. A menu states them; the till adds none and concludes none, and a
//! product without any was not declared to be free of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An entry of Annex II. Which kinds and exceptions an entry means is the Regulation's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Allergen {
    /// Cereals containing gluten: wheat, rye, barley, oats and their kin.
    Gluten,
    /// Crustaceans.
    Crustaceans,
    /// Eggs.
    Eggs,
    /// Fish.
    Fish,
    /// Peanuts.
    Peanuts,
    /// Soybeans.
    Soybeans,
    /// Milk, lactose included.
    Milk,
    /// Nuts that grow on trees: almonds, hazelnuts, walnuts, cashews, pecans, Brazil nuts, pistachios, macadamias.
    Nuts,
    /// Celery.
    Celery,
    /// Mustard.
    Mustard,
    /// Sesame seeds.
    Sesame,
    /// Sulphur dioxide and sulphites above 10 mg/kg or 10 mg/l.
    Sulphites,
    /// Lupin.
    Lupin,
    /// Molluscs.
    Molluscs,
}

impl Allergen {
    /// The whole list, in the Annex's order.
    pub const ALL: [Self; 14] = [
        Self::Gluten,
        Self::Crustaceans,
        Self::Eggs,
        Self::Fish,
        Self::Peanuts,
        Self::Soybeans,
        Self::Milk,
        Self::Nuts,
        Self::Celery,
        Self::Mustard,
        Self::Sesame,
        Self::Sulphites,
        Self::Lupin,
        Self::Molluscs,
    ];

    /// The code in a menu and in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gluten => "gluten",
            Self::Crustaceans => "crustaceans",
            Self::Eggs => "eggs",
            Self::Fish => "fish",
            Self::Peanuts => "peanuts",
            Self::Soybeans => "soybeans",
            Self::Milk => "milk",
            Self::Nuts => "nuts",
            Self::Celery => "celery",
            Self::Mustard => "mustard",
            Self::Sesame => "sesame",
            Self::Sulphites => "sulphites",
            Self::Lupin => "lupin",
            Self::Molluscs => "molluscs",
        }
    }

    /// The allergen with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|allergen| allergen.code() == code)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The allergens of one thing: a set of two bytes, because a catalogue has a hundred thousand of them. In JSON it is the
/// list of codes in the Annex's order.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Allergens(u16);

impl Allergens {
    /// Whether none is stated.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether this one is stated.
    #[must_use]
    pub const fn contains(self, allergen: Allergen) -> bool {
        self.0 & allergen.bit() != 0
    }

    /// What either of them states.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those stated, in the Annex's order.
    pub fn iter(self) -> impl Iterator<Item = Allergen> {
        Allergen::ALL.into_iter().filter(move |allergen| self.contains(*allergen))
    }
}

impl FromIterator<Allergen> for Allergens {
    fn from_iter<I: IntoIterator<Item = Allergen>>(allergens: I) -> Self {
        Self(allergens.into_iter().fold(0, |bits, allergen| bits | allergen.bit()))
    }
}

impl std::fmt::Debug for Allergens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Allergens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Allergens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Allergen>::deserialize(deserializer)?.into_iter().collect())
    }
}
