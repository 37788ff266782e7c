//! Shared texts and id lists: a hundred thousand products name the same few categories, groups and taxes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::product::{IdList, Product};

/// Gives equal texts and equal lists one allocation.
#[derive(Default)]
pub(super) struct Interner {
    texts: BTreeSet<Arc<str>>,
    lists: BTreeSet<IdList>,
}

impl Interner {
    pub(super) fn text(&mut self, text: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        self.texts.insert(Arc::clone(text));
        Arc::clone(text)
    }

    fn list(&mut self, list: &IdList) -> IdList {
        if let Some(known) = self.lists.get(list) {
            return Arc::clone(known);
        }
        let shared: IdList = list.iter().map(|id| self.text(id)).collect();
        self.lists.insert(Arc::clone(&shared));
        shared
    }

    pub(super) fn product(&mut self, product: &mut Product) {
        product.category_id = self.text(&product.category_id);
        if let Some(group) = &product.group {
            product.group = Some(self.text(group));
        }
        product.modifier_group_ids = self.list(&product.modifier_group_ids);
        product.tax_ids = self.list(&product.tax_ids);
    }
}
