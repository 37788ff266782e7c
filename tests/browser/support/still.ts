// Makes what a page shows the same in every run: the time of day, the age of what the real till sends, and no caret.
//
// The till's own clock is never set: it stamps what is legal. Only what arrives in the page is moved, so that orders,
// tickets and receipts are of one morning, and tickets are older or younger by their number.

import type { BrowserContext } from '@playwright/test';

const NOON_MS = Date.UTC(2026, 8, 24, 12, 3, 5);
const DAY = 20_260_924;
/** How many minutes ago an order came in, by the last digit of its number: late, due soon, and in time. */
const MINUTES_AGO = [0, 24, 6, 2, 1, 0, 0, 0, 0, 0];
/** How long the till has been silent once it is gone. */
const SILENT_MS = 8_000;
/** What the till holds. */
const EVENTS = 314;

/** Every page of the context that is opened from now on stands still. */
export async function holdStill(context: BrowserContext): Promise<void> {
  await context.addInitScript(hold, { noonMs: NOON_MS, day: DAY, minutesAgo: MINUTES_AGO, silentMs: SILENT_MS, events: EVENTS });
}

interface Still {
  readonly noonMs: number;
  readonly day: number;
  readonly minutesAgo: readonly number[];
  readonly silentMs: number;
  readonly events: number;
}

// Runs in the page, before its own scripts.
function hold({ noonMs, day, minutesAgo, silentMs, events }: Still): void {
  let nowMs = noonMs;
  // The window's even clock stands still with the time of day.
  performance.now = () => 60_000 + nowMs - noonMs;
  globalThis.Date = class extends Date {
    constructor(given: number | string = nowMs) {
      super(given);
    }

    static override now(): number {
      return nowMs;
    }
  } as DateConstructor;

  const settle = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const record = value as Record<string, unknown>;
    // The status line follows a moment behind the acts, so what it counts would depend on when it is looked at.
    if (typeof record['outbox_waiting'] === 'number') Object.assign(record, { events, outbox_waiting: events });
    const label = typeof record['label'] === 'string' ? record['label'] : '0';
    const minutes = minutesAgo[Number(label.slice(-1))] ?? 0;
    for (const [name, held] of Object.entries(record)) {
      if (name.endsWith('_ms') && typeof held === 'number' && held > 1e12) record[name] = noonMs - minutes * 60_000;
      else if (name === 'business_day' && typeof held === 'number') record[name] = day;
      // A log's name and a receipt series are made by chance.
      else if (typeof held === 'string') record[name] = held.replace(/^[0-9a-f]{32}$/, '0123456789abcdef'.repeat(2)).replace(/^([A-Z])-[0-9A-F]{6}-/, '$1-7C0FFE-');
      else settle(held);
    }
    return value;
  };
  const parse = JSON.parse.bind(JSON);
  JSON.parse = (text, reviver) => settle(parse(text, reviver));
  const { json } = Response.prototype;
  Response.prototype.json = async function settled() {
    return settle(await json.call(this));
  };

  // The feed hears the till at noon; where the till is gone, it has been silent for a while.
  globalThis.EventSource = class extends EventSource {
    constructor(...given: ConstructorParameters<typeof EventSource>) {
      super(...given);
      this.addEventListener('message', () => (nowMs = noonMs));
      this.addEventListener('error', () => (nowMs = noonMs + silentMs));
    }
  };

  addEventListener('DOMContentLoaded', () => {
    document.documentElement.style.caretColor = 'transparent';
  });
}
