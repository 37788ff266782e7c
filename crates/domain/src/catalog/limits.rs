//! Every bound of the catalogue. A value beyond one is refused by name, never cut.

/// Largest quantity of one line, in whole units.
pub const MAX_LINE_QUANTITY: i32 = 9_999;
/// Largest price of a product or an option, and of one unit with all its modifiers, in minor units. Twelve digits cover
/// the currencies with the smallest minor units, and times [`MAX_LINE_QUANTITY`] stay far inside `i64`.
pub const MAX_PRICE_MINOR: i64 = 999_999_999_999;
/// Most entries in the list of modifiers that a line is asked for.
pub const MAX_SELECTIONS_PER_LINE: usize = 100;
/// Most choices in one modifier group of one unit, also where the group has no upper limit.
pub const MAX_CHOICES_PER_GROUP: u32 = 99;
/// Longest note on a line, in characters.
pub const MAX_NOTE_CHARS: usize = 280;

/// Largest menu file, in bytes.
pub const MAX_MENU_BYTES: usize = 128 * 1024 * 1024;
/// Most JSON values in a menu file: 25 for each of the most products.
pub const MAX_JSON_VALUES: usize = 5_000_000;
/// Most menus in one file.
pub const MAX_MENUS_PER_FILE: usize = 1_000;
/// Most products.
pub const MAX_PRODUCTS: usize = 200_000;
/// Most modifier groups that products share.
pub const MAX_SHARED_GROUPS: usize = 10_000;
/// Most modifier groups that belong to one product each: sizes and combo choices.
pub const MAX_OWNED_GROUPS: usize = 400_000;
/// Most modifier groups of one product, sizes and combo choices included.
pub const MAX_GROUPS_PER_PRODUCT: usize = 50;
/// Most options of one modifier group.
pub const MAX_OPTIONS_PER_GROUP: usize = 500;
/// Most categories.
pub const MAX_CATEGORIES: usize = 2_000;
/// Most taxes.
pub const MAX_TAXES: usize = 100;
/// Longest id, in bytes.
pub const MAX_ID_BYTES: usize = 200;
/// Longest name of anything, in characters.
pub const MAX_NAME_CHARS: usize = 300;

/// Faults after which an import stops looking.
pub const MAX_IMPORT_FAULTS: usize = 50;
/// Unknown or noted fields that a report lists by path; it always gives their number.
pub const MAX_LISTED_FIELDS: usize = 1_000;
/// Notes that a report lists.
pub const MAX_NOTES: usize = 1_000;

/// Most products, or shared groups, in one part of a document.
pub const MAX_PART_ENTRIES: usize = 500;
/// Largest part of a document, in bytes.
pub const MAX_PART_BYTES: usize = 16 * 1024 * 1024;
/// Largest manifest of a document, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 16 * 1024 * 1024;
