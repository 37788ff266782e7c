//! The catalogue: categories, pages of products, search, one product with its groups.

use docket_contracts::query::ListProducts;
use docket_contracts::view::{
    CatalogueView, CategoryView, GroupView, OptionView, ProductDetail, ProductPage, ProductView,
};
use docket_contracts::{ApiError, ErrorCode};
use docket_domain::catalog::{Catalogue, ModifierGroup, Product};
use docket_domain::ids::ProductId;
use docket_domain::money::Money;
use sqlx::Row as _;
use uuid::Uuid;

use super::list::limit;
use crate::error::{StoreError, refuse};
use crate::limits::{PRODUCTS_PAGE_DEFAULT, PRODUCTS_PAGE_MAX, SEARCH_TEXT_MAX};
use crate::terminal::Terminal;

/// Characters that the trigram index needs.
const TRIGRAM: usize = 3;

/// Hits by bar code. Like the one below it gives its hits as one text of ids in hex, because each row of its own would
/// wake the caller, and its limit is a literal, because SQLite prepares a statement anew whose limit is bound.
fn by_barcode(size: usize) -> String {
    format!(
        "SELECT group_concat(hex(product_id), '' ORDER BY product_no) FROM \
         (SELECT product_no, product_id FROM products WHERE barcode = ?1 ORDER BY product_no LIMIT {size} OFFSET ?2)"
    )
}

/// Hits by bar code and, only where none has it, by name.
fn by_barcode_or_name(size: usize) -> String {
    format!(
        "SELECT coalesce(({}), (SELECT group_concat(hex(product_id), '' ORDER BY product_no) FROM \
         (SELECT p.product_no, p.product_id FROM products_text t JOIN products p ON p.product_no = t.rowid \
         WHERE products_text MATCH '\"' || replace(?1, '\"', '\"\"') || '\"' ORDER BY t.rowid LIMIT {size} OFFSET ?2)))",
        by_barcode(size)
    )
}

impl Terminal {
    pub(super) fn catalogue(&self) -> Result<CatalogueView, ApiError> {
        let shop = self.shop();
        let Some(set_up) = &shop.set_up else {
            return Err(refuse(ErrorCode::ShopNotSetUp, "", "set up the shop first"));
        };
        let Some(catalogue) = &shop.catalogue else {
            return Ok(CatalogueView {
                version: 0,
                name: String::new(),
                currency: set_up.currency.code().to_owned(),
                categories: Vec::new(),
                products: 0,
            });
        };
        let count = |id: &str| catalogue.products().iter().filter(|product| &*product.category_id == id).count();
        let categories = catalogue
            .categories()
            .iter()
            .map(|category| CategoryView {
                id: category.id.to_string(),
                name: category.name.clone(),
                products: small(count(&category.id)),
            })
            .collect();
        Ok(CatalogueView {
            version: catalogue.version(),
            name: catalogue.header().name.clone(),
            currency: catalogue.currency().code().to_owned(),
            categories,
            products: small(catalogue.products().len()),
        })
    }

    pub(super) async fn products(&self, input: ListProducts) -> Result<ProductPage, ApiError> {
        let limit = limit(input.limit, PRODUCTS_PAGE_DEFAULT, PRODUCTS_PAGE_MAX)?;
        let shop = self.shop();
        let Some(catalogue) = &shop.catalogue else { return Ok(ProductPage { rows: Vec::new(), next: None }) };
        let from: usize = match &input.after {
            None => 0,
            Some(cursor) => cursor
                .parse()
                .map_err(|_| refuse(ErrorCode::CursorInvalid, "after", "after is the `next` of an earlier page"))?,
        };
        let size = usize::try_from(limit).expect("a page is small");
        let of_category =
            |product: &&Product| input.category_id.as_deref().is_none_or(|id| *product.category_id == *id);
        let text = input.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let mut rows: Vec<ProductView> = match text {
            None => catalogue
                .products()
                .iter()
                .filter(of_category)
                .skip(from)
                .take(size + 1)
                .map(|product| product_view(catalogue, product))
                .collect(),
            Some(text) => {
                let found = self.search(text, from, size + 1).await?;
                found
                    .into_iter()
                    .filter_map(|id| catalogue.product(id))
                    .filter(of_category)
                    .map(|product| product_view(catalogue, product))
                    .collect()
            }
        };
        let more = rows.len() > size;
        rows.truncate(size);
        Ok(ProductPage { next: more.then(|| (from + size).to_string()), rows })
    }

    /// Products whose bar code is the text, or whose name contains it where no bar code is.
    async fn search(&self, text: &str, from: usize, size: usize) -> Result<Vec<ProductId>, ApiError> {
        let length = text.chars().count();
        if length > SEARCH_TEXT_MAX {
            return Err(refuse(
                ErrorCode::TextTooLong,
                "text",
                format!("text has at most {SEARCH_TEXT_MAX} characters"),
            ));
        }
        if length < TRIGRAM {
            let exact = self.product_ids(by_barcode(size), text, from).await?;
            return Ok(if exact.is_empty() { self.search_short(text, from, size) } else { exact });
        }
        self.product_ids(by_barcode_or_name(size), text, from).await
    }

    async fn product_ids(&self, sql: String, text: &str, from: usize) -> Result<Vec<ProductId>, ApiError> {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(text).bind(i64::try_from(from).unwrap_or(i64::MAX));
        let row = query.fetch_one(&self.inner.readers).await.map_err(StoreError::from)?;
        let ids: Option<&str> = row.try_get(0).map_err(StoreError::from)?;
        Ok(ids_of(ids.unwrap_or_default())?)
    }

    /// One or two letters: words that begin with them, in menu order.
    fn search_short(&self, text: &str, from: usize, size: usize) -> Vec<ProductId> {
        let wanted = text.to_lowercase();
        let shop = self.shop();
        let Some(catalogue) = &shop.catalogue else { return Vec::new() };
        let begins = |name: &str| name.to_lowercase().split_whitespace().any(|word| word.starts_with(&wanted));
        catalogue
            .products()
            .iter()
            .filter(|product| begins(&product.name))
            .skip(from)
            .take(size)
            .map(|product| product.id)
            .collect()
    }

    pub(super) fn product(&self, id: ProductId) -> Result<ProductDetail, ApiError> {
        let shop = self.shop();
        let unknown = || refuse(ErrorCode::UnknownProduct, "product_id", "the catalogue has no product with this id");
        let catalogue = shop.catalogue.as_ref().ok_or_else(unknown)?;
        let product = catalogue.product(id).ok_or_else(unknown)?;
        let groups = catalogue
            .groups_of(product)
            .filter(|group| !group.options.is_empty())
            .map(|group| group_view(catalogue, group))
            .collect();
        Ok(ProductDetail { product: product_view(catalogue, product), groups })
    }
}

/// Reads ids that stand in hex behind each other.
fn ids_of(hex: &str) -> Result<Vec<ProductId>, StoreError> {
    let corrupt = || StoreError::Corrupt("products.product_id can't be read".into());
    let bytes = hex::decode(hex).map_err(|_| corrupt())?;
    let (ids, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(corrupt());
    }
    Ok(ids.iter().map(|id| ProductId(Uuid::from_bytes(*id))).collect())
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn product_view(catalogue: &Catalogue, product: &Product) -> ProductView {
    let money = |minor| Money::new(minor, catalogue.currency());
    let forced: Vec<&ModifierGroup> = catalogue.groups_of(product).filter(|group| group.is_forced()).collect();
    let cheapest = |group: &&ModifierGroup| {
        group.options.iter().map(|option| option.price_minor).min().unwrap_or(0) * i64::from(group.min)
    };
    let from_minor = product.price_minor + forced.iter().map(cheapest).sum::<i64>();
    ProductView {
        product_id: product.id,
        name: product.name.to_string(),
        category_id: product.category_id.to_string(),
        price: (!product.open_price).then(|| money(product.price_minor)),
        from_price: (!product.open_price && from_minor != product.price_minor).then(|| money(from_minor)),
        asks: product.open_price || !forced.is_empty(),
        has_modifiers: catalogue.groups_of(product).any(|group| !group.options.is_empty()),
        allergens: product.allergens.iter().collect(),
    }
}

fn group_view(catalogue: &Catalogue, group: &ModifierGroup) -> GroupView {
    let money = |minor| Money::new(minor, catalogue.currency());
    GroupView {
        id: group.id.to_string(),
        name: group.name.clone(),
        min: group.min,
        max: group.hard_max(),
        options: group
            .options
            .iter()
            .map(|option| OptionView {
                id: option.id.to_string(),
                name: option.name.to_string(),
                price: money(option.price_minor),
                extra_price: option.extra_price_minor.map(money),
                allergens: option.allergens.iter().collect(),
            })
            .collect(),
    }
}
