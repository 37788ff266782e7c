// A menu for a shop that has none.

import { t } from '../i18n';

/** A menu of one product that asks its price: with it any shop sells at once, in any currency. It states no tax. */
export function openMenu(currency: string): string {
  return JSON.stringify({
    id: 'open', name: t('setup.menu_open'), currency, prices_include_tax: true,
    items: [{ id: 'open', name: t('setup.open_name'), category: t('setup.open_category'), price: '0' }],
  });
}
