// What the bench program asks for, and what it gets.

export interface Pin {
  readonly name: string;
  readonly role: 'manager' | 'cashier' | 'kitchen';
  readonly pin: string;
}

export interface Ask {
  readonly row: string;
  /** Tills' folders; one for each side that sells. */
  readonly folders: readonly string[];
  /** Samples of each side. */
  readonly samples: number;
  /** Who may sign in, where the program itself can't be asked. */
  readonly pins: readonly Pin[];
  /** A folder for what a run leaves behind. */
  readonly scratch: string;
}

/** Whole numbers: microseconds, KiB, bytes or nodes, as the row has it. */
export interface Samples {
  readonly ours: readonly number[];
  readonly anchor: readonly number[];
  /** For people, printed and not judged. */
  readonly notes?: Readonly<Record<string, readonly number[]>>;
}

export const ask = JSON.parse(process.argv[2] ?? '{}') as Ask;

/** A variable that `cargo xtask bench` sets. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; run cargo xtask bench`);
  return value;
}

export function folder(index: number): string {
  const found = ask.folders[index];
  if (found === undefined) throw new Error(`row ${ask.row} needs ${String(index + 1)} folders`);
  return found;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How often the watch looks, and how late it must be for the machine to have stood still. */
const WATCH_EVERY_MS = 10;
const STILL_MS = 200;
/** So many times in a row a machine may stand still in a sample. */
const REPEATS_MOST = 5;
let stoodStill = 0;
let lookedMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  if (nowMs - lookedMs > STILL_MS) stoodStill += 1;
  lookedMs = nowMs;
}, WATCH_EVERY_MS).unref();

/**
 * Takes a sample, and takes it again where the whole machine stood still in it, this process too: a virtual machine that
 * its host halts says nothing of what runs in it. Each time is told.
 */
export async function awake<T>(take: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const before = stoodStill;
    const taken = await take();
    // The watch's own turn comes before the next sample.
    await pause(2 * WATCH_EVERY_MS);
    if (stoodStill === before) return taken;
    if (tries === REPEATS_MOST) throw new Error(`the machine stood still in ${String(tries)} samples in a row`);
    process.stderr.write(`row ${ask.row}: the machine stood still for over ${String(STILL_MS)} ms; the sample is taken again\n`);
  }
}

const LOOK_EVERY_MS = 20;
const LIMIT_MS = 30_000;

/** Looks until something is there. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const begun = Date.now();
  let last = '';
  while (Date.now() - begun < LIMIT_MS) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (thrown) {
      last = String(thrown);
    }
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`waited in vain for ${what} ${last}`);
}
