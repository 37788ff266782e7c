//! The catalogue itself: checked content with an index.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::check::{Index, check_counts, check_group, check_header, check_product, dangling, duplicate, index};
use super::error::CatalogueError;
use super::intern::Interner;
use super::modifier_group::ModifierGroup;
use super::product::{Category, Product, Tax};
use crate::ids::ProductId;
use crate::money::{Currency, TaxRate};
use crate::order::event::{ServiceCharge, Terms};
use crate::order::line::LineTax;
use crate::pricing::Policy;

/// What a catalogue says once for all its products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueHeader {
    /// Counts up with every change in a shop; a line records the one it was priced with.
    pub version: u32,
    /// Id of the menu it was made from.
    pub menu_id: String,
    /// The menu's name.
    pub name: String,
    /// Currency of every price.
    pub currency: Currency,
    /// Whether prices contain the taxes.
    pub prices_include_tax: bool,
    /// How sums are rounded. An import takes the default: per line, half up, and the net takes the rest of an included
    /// price.
    pub policy: Policy,
    /// Taxes in the order in which they apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<Tax>,
    /// The house's service charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_charge: Option<ServiceChargeRule>,
    /// Categories as they stand on the screen; their order only changes with the menu.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
}

/// A service charge as a share of the lines, itself taxed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceChargeRule {
    /// Name on the receipt.
    pub name: String,
    /// Share of the lines.
    pub percent: TaxRate,
    /// Taxes of the charge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax_ids: Vec<Arc<str>>,
}

/// A catalogue's content as plain data, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueContent {
    /// What holds for all products.
    pub header: CatalogueHeader,
    /// Modifier groups.
    pub modifier_groups: Vec<ModifierGroup>,
    /// Products in the order of the screen.
    pub products: Vec<Product>,
}

/// What a shop sells, checked and indexed. It never changes: an edit makes another one.
#[derive(Debug, Clone)]
pub struct Catalogue {
    header: CatalogueHeader,
    modifier_groups: Vec<ModifierGroup>,
    products: Vec<Product>,
    product_index: Index<ProductId>,
    group_index: Index<Arc<str>>,
}

impl PartialEq for Catalogue {
    fn eq(&self, other: &Self) -> bool {
        // The indexes follow from the rest.
        self.header == other.header && self.modifier_groups == other.modifier_groups && self.products == other.products
    }
}

impl Eq for Catalogue {}

impl Catalogue {
    /// Checks and indexes content. Groups are brought into one order: the shared ones as given, then each product's own
    /// in the order of the products, so that equal catalogues are equal documents.
    ///
    /// # Errors
    /// [`CatalogueError`] for doubled ids, names of what is not there, bounds that can't be met, and more than the
    /// limits allow.
    pub fn try_new(content: CatalogueContent) -> Result<Self, CatalogueError> {
        let CatalogueContent { header, mut modifier_groups, mut products } = content;
        check_counts(&header, &modifier_groups, &products)?;
        let product_index =
            index("product", products.iter().map(|product| product.id)).map_err(|id| duplicate("product", id))?;
        check_header(&header)?;
        for group in &modifier_groups {
            check_group(group, &product_index)?;
        }
        // A stable sort by owner keeps the order inside each owner; none sorts before any product.
        modifier_groups.sort_by_key(|group| group.owner.and_then(|owner| product_index.get(&owner).copied()));
        let mut interner = Interner::default();
        modifier_groups.iter_mut().for_each(|group| group.id = interner.text(&group.id));
        let group_index = index("modifier group", modifier_groups.iter().map(|group| Arc::clone(&group.id)))
            .map_err(|id| duplicate("modifier group", id))?;
        let categories = index("category", header.categories.iter().map(|category| &category.id))
            .map_err(|id| duplicate("category", id))?;
        for product in &mut products {
            interner.product(product);
            if !categories.contains_key(&product.category_id) {
                return Err(dangling(&product.item_id, "category", &product.category_id));
            }
            check_product(product, &header, &modifier_groups, &group_index)?;
        }
        Ok(Self { header, modifier_groups, products, product_index, group_index })
    }

    /// The plain content, as for an edit.
    #[must_use]
    pub fn into_content(self) -> CatalogueContent {
        CatalogueContent { header: self.header, modifier_groups: self.modifier_groups, products: self.products }
    }

    /// The same catalogue under another version number.
    #[must_use]
    pub fn with_version(mut self, version: u32) -> Self {
        self.header.version = version;
        self
    }

    /// What holds for all products.
    #[must_use]
    pub fn header(&self) -> &CatalogueHeader {
        &self.header
    }

    /// The version that a line records.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.header.version
    }

    /// Currency of every price.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.header.currency
    }

    /// Categories in the order of the screen.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.header.categories
    }

    /// Products in the order of the screen.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// Modifier groups: the shared ones, then each product's own.
    #[must_use]
    pub fn modifier_groups(&self) -> &[ModifierGroup] {
        &self.modifier_groups
    }

    /// The product with this id, in constant time.
    #[must_use]
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        let place = *self.product_index.get(&id)?;
        self.products.get(usize::try_from(place).expect("an index fits into the address space"))
    }

    /// The modifier group with this id, in constant time.
    #[must_use]
    pub fn modifier_group(&self, id: &str) -> Option<&ModifierGroup> {
        let place = *self.group_index.get(id)?;
        self.modifier_groups.get(usize::try_from(place).expect("an index fits into the address space"))
    }

    /// The modifier groups of a product in the order in which they are asked.
    pub fn groups_of<'a>(&'a self, product: &'a Product) -> impl Iterator<Item = &'a ModifierGroup> {
        product.modifier_group_ids.iter().filter_map(|id| self.modifier_group(id))
    }

    /// The terms that an order is opened with.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let service_charge = self.header.service_charge.as_ref().map(|rule| ServiceCharge {
            name: rule.name.clone(),
            percent: rule.percent.percent(),
            taxes: self.line_taxes(&rule.tax_ids),
        });
        Terms { currency: self.header.currency, policy: self.header.policy, service_charge }
    }

    /// The taxes with these ids, as a line keeps them.
    pub(super) fn line_taxes(&self, tax_ids: &[Arc<str>]) -> Vec<LineTax> {
        let taxes = tax_ids.iter().filter_map(|id| self.header.taxes.iter().find(|tax| tax.id == *id));
        taxes
            .map(|tax| LineTax {
                id: tax.id.to_string(),
                name: tax.name.clone(),
                percent: tax.percent.percent(),
                included: self.header.prices_include_tax,
                order_types: tax.order_types.clone(),
            })
            .collect()
    }
}
