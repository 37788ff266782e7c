// A real till on a store of its own in a temporary folder, and its command-line tools.

import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PROGRAM = process.env['DOCKET_TILL'] ?? join(ROOT, 'target', 'debug', 'docket-till');
const SCREENS = process.env['DOCKET_UI'] ?? join(ROOT, 'ui', 'dist');
/** A menu that ships with the program, in euros. */
export const SAMPLE = join(ROOT, 'crates', 'terminal', 'samples', 'corner-cafe.json');
export const MENUS = join(ROOT, 'crates', 'domain', 'tests', 'fixtures', 'menus.json');

/** How long a till may take to say that it is ready. */
const READY_WITHIN_MS = 20_000;

export type Role = 'manager' | 'cashier' | 'kitchen';

export interface Ready {
  readonly url: string;
  readonly token: string;
  readonly port: number;
  readonly demo_pins: readonly { name: string; role: Role; pin: string }[];
}

/** What a tool printed, and how it ended. */
export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Till {
  private serving: { child: ChildProcess; ended: Promise<void>; ready: Ready } | null = null;

  private constructor(private readonly folder: string) {}

  /** A store in a folder of its own, if wanted on another disk than the usual one. */
  static async make(disk = tmpdir()): Promise<Till> {
    return new Till(await mkdtemp(join(disk, 'docket-browser-')));
  }

  /** The same store once more, as a copied folder: what happens on it from now on is not known here. */
  async copy(): Promise<Till> {
    const other = await Till.make();
    await cp(this.folder, other.folder, { recursive: true });
    return other;
  }

  /** Runs a tool on this store to its end. */
  tool(args: readonly string[], input = ''): Promise<Printed> {
    return run([...args, ...this.store()], input);
  }

  async serve(options: { demo?: boolean; port?: number; env?: Readonly<Record<string, string>> } = {}): Promise<Ready> {
    const args = ['serve', '--ui', SCREENS, '--port', String(options.port ?? 0), ...(options.demo ? ['--demo'] : [])];
    const child = spawn(PROGRAM, [...args, ...this.store()], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
    const log: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const line = new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the till was not ready in time:\n${log.join('')}`)), READY_WITHIN_MS);
      createInterface({ input: child.stdout }).once('line', (text) => {
        clearTimeout(late);
        resolve(text);
      });
      child.once('error', reject);
      void ended.then(() => reject(new Error(`the till ended before it was ready:\n${log.join('')}`)));
    });
    try {
      const ready = JSON.parse(await line) as Ready;
      this.serving = { child, ended, ready };
      return ready;
    } catch (why) {
      child.kill('SIGKILL');
      throw why;
    }
  }

  get ready(): Ready {
    if (this.serving === null) throw new Error('this till is not serving');
    return this.serving.ready;
  }

  /** The PIN of someone in the demo shop. */
  pinOf(role: Role): { name: string; pin: string } {
    const found = this.ready.demo_pins.find((row) => row.role === role);
    if (!found) throw new Error(`the demo shop has no ${role}`);
    return found;
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** Ends the till as a pulled plug does. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Ends what runs and removes what was stored. */
  async remove(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const serving = this.serving;
    this.serving = null;
    if (serving === null) return;
    serving.child.kill(signal);
    await serving.ended;
  }

  /** The folder of the store. */
  get data(): string {
    return join(this.folder, 'data');
  }

  private store(): string[] {
    return ['--data', this.data, '--witness', join(this.folder, 'witness')];
  }
}

/** Prices an order as an integrator would: the program's own rules, no store. */
export async function price(document: unknown): Promise<unknown> {
  const printed = await run(['price', '-'], JSON.stringify(document));
  return JSON.parse(printed.out);
}

function run(args: readonly string[], input: string): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
    // A program that wants no input may have ended before it is offered any. What it printed, and its code, tell how that went.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
