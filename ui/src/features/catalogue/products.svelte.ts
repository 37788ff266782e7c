// The products in sight: a category, a search, or the favourites.

import type { Backend, ProductView } from '../../lib/ipc';
import { Paged } from '../../lib/list/paged.svelte';

/** A menu of this size is there at once and as a whole. */
export const PAGE = 200;

export type Shelf = { kind: 'category'; id: string | null } | { kind: 'search'; text: string } | { kind: 'favourites'; ids: readonly string[] };

export class Products extends Paged<ProductView> {
  constructor(private readonly backend: Backend) {
    super(({ product_id }) => product_id);
  }

  follow(shelf: Shelf): void {
    if (shelf.kind === 'favourites') this.ask(() => this.named(shelf.ids));
    else {
      const category_id = shelf.kind === 'category' ? shelf.id : null;
      const text = shelf.kind === 'search' ? shelf.text : null;
      this.ask((after) => this.backend.query('products', { category_id, text, after, limit: PAGE }));
    }
  }

  /** A favourite that is no longer in the catalogue is left out. */
  private async named(ids: readonly string[]): Promise<{ rows: ProductView[]; next: null }> {
    const answers = await Promise.allSettled(ids.map((product_id) => this.backend.query('product', { product_id })));
    return { rows: answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.product] : [])), next: null };
  }
}
