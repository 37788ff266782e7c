// A list that grows page by page, and whose first pages are fetched anew when its rows may have changed.

import { asFailure, type Failure } from '../ipc';

export interface Page<Row> {
  rows: Row[];
  next: string | null;
}

export type Fetch<Row> = (after: string | null) => Promise<Page<Row>>;

/** Beyond this the first pages stay live, and the rest stands as it was read. */
const MAX_LIVE_PAGES = 6;

export class Paged<Row> {
  rows = $state.raw<readonly Row[]>([]);
  next = $state<string | null>(null);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  private fetch: Fetch<Row> | null = null;
  private pages = 0;
  private wanted = 1;
  private dirty = false;
  private run = 0;
  private working = false;

  constructor(private readonly idOf: (row: Row) => string) {}

  /** Asks another question; the old rows stay until its first page is there. */
  ask(fetch: Fetch<Row>): void {
    this.fetch = fetch;
    this.pages = 0;
    this.wanted = 1;
    this.run += 1;
    this.working = false;
    void this.refresh();
  }

  /** Fetches the first pages anew, as far as they were unrolled. */
  refresh(): Promise<void> {
    this.dirty = true;
    return this.work();
  }

  /**
   * The page behind the rows that are here, however often it is asked for. It counts as wanted at once, so that rows that
   * change meanwhile, or are being read, can't make it a lost one.
   */
  more(): Promise<void> {
    if (this.next === null) return Promise.resolve();
    this.wanted = Math.max(this.wanted, this.pages + 1);
    return this.work();
  }

  private async work(): Promise<void> {
    if (this.working || this.fetch === null) return;
    this.working = true;
    const { run, fetch } = this;
    try {
      for (;;) {
        if (this.dirty) await this.fetchHead(run, fetch);
        else if (this.pages < this.wanted && this.next !== null) await this.fetchNext(run, fetch);
        else break;
        if (run !== this.run) return;
      }
    } catch (thrown) {
      if (run !== this.run) return;
      this.failure = asFailure(thrown);
      this.wanted = Math.max(1, this.pages);
    }
    this.working = false;
  }

  private async fetchHead(run: number, fetch: Fetch<Row>): Promise<void> {
    this.dirty = false;
    const wanted = Math.min(Math.max(1, this.pages), MAX_LIVE_PAGES);
    let head: Row[] = [];
    let next: string | null = null;
    let read = 0;
    do {
      const page: Page<Row> = await fetch(next);
      if (run !== this.run) return;
      head = head.concat(page.rows);
      next = page.next;
      read += 1;
    } while (read < wanted && next !== null);
    const tail = this.pages > read ? this.behind(head) : null;
    if (tail === null) {
      this.pages = read;
      this.show(head, next);
    } else {
      this.show([...head, ...tail], this.next);
    }
  }

  private async fetchNext(run: number, fetch: Fetch<Row>): Promise<void> {
    const page = await fetch(this.next);
    if (run !== this.run) return;
    this.pages += 1;
    const known = new Set(this.rows.map(this.idOf));
    this.show([...this.rows, ...page.rows.filter((row) => !known.has(this.idOf(row)))], page.next);
  }

  /** The rows that were read behind the last one of the new head; none where that row is not among them. */
  private behind(head: readonly Row[]): Row[] | null {
    const last = head.at(-1);
    const at = last === undefined ? -1 : this.rows.findIndex((row) => this.idOf(row) === this.idOf(last));
    if (at < 0) return null;
    const fresh = new Set(head.map(this.idOf));
    return this.rows.slice(at + 1).filter((row) => !fresh.has(this.idOf(row)));
  }

  private show(rows: readonly Row[], next: string | null): void {
    this.rows = rows;
    this.next = next;
    this.loaded = true;
    this.failure = null;
  }
}
