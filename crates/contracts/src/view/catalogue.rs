//! Categories, products and their modifier groups.

use docket_domain::catalog::Allergen;
use docket_domain::ids::ProductId;
use docket_domain::money::Money;

views! {
    /// A category.
    CategoryView {
        /// Id.
        id: String,
        /// Name.
        name: String,
        /// How many products.
        products: u32,
    }
    /// The catalogue's head.
    CatalogueView {
        /// Version.
        version: u32,
        /// Name.
        name: String,
        /// ISO 4217 code.
        currency: String,
        /// Categories in menu order.
        categories: Vec<CategoryView>,
        /// How many products.
        products: u32,
    }
    /// An option of a modifier group.
    OptionView {
        /// Id.
        id: String,
        /// Name.
        name: String,
        /// Price of one choice.
        price: Money,
        /// Price of each choice beyond the group's limit, where that is allowed.
        extra_price: Option<Money>,
        /// What the menu says that the choice brings along.
        allergens: Vec<Allergen>,
    }
    /// A modifier group.
    GroupView {
        /// Id.
        id: String,
        /// Name.
        name: String,
        /// At least so many choices; above 0 the till asks.
        min: u32,
        /// At most so many; none means no limit.
        max: Option<u32>,
        /// Options.
        options: Vec<OptionView>,
    }
    /// A product tile.
    ProductView {
        /// Identity.
        product_id: ProductId,
        /// Name.
        name: String,
        /// Category.
        category_id: String,
        /// Price; none for an open price.
        price: Option<Money>,
        /// Lowest price where a forced choice sets it (sizes).
        from_price: Option<Money>,
        /// Whether a dialog must ask (forced modifier or open price).
        asks: bool,
        /// Whether it has any modifiers.
        has_modifiers: bool,
        /// What the menu says that it contains, without what modifiers add. A product without any is not declared to be
        /// free of them.
        allergens: Vec<Allergen>,
    }
    /// A page of products.
    ProductPage {
        /// Rows.
        rows: Vec<ProductView>,
        /// Give it as `after` for the next page; none at the end.
        next: Option<String>,
    }
    /// A product with its groups.
    ProductDetail {
        /// The tile.
        product: ProductView,
        /// Groups in order.
        groups: Vec<GroupView>,
    }
}
