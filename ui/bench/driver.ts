// A window under WebKit's own WebDriver: real input goes in, times that the page read come out.

import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';

import { until } from './ask';
import type { Display } from './display';

type Json = Record<string, unknown>;
const DRIVER = 'WebKitWebDriver';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Driven {
  private session = '';
  private handle = '';

  private constructor(private readonly server: ChildProcess, private readonly address: string) {}

  /** Starts a program under a driver of its own. */
  static async start(display: Display, program: string, words: readonly string[]): Promise<Driven> {
    const port = await freePort();
    // Tauri lets itself be driven where this is set.
    const env = { ...display.env, TAURI_WEBVIEW_AUTOMATION: 'true' };
    const server = spawn(DRIVER, [`--port=${String(port)}`], { stdio: 'ignore', env });
    const driven = new Driven(server, `http://127.0.0.1:${String(port)}`);
    try {
      await until('the driver', async () => (await fetch(`${driven.address}/status`)).ok);
      const options = { binary: program, args: words };
      const begun = await driven.call('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
      driven.session = `/session/${String((begun as Json)['sessionId'])}`;
    } catch (thrown) {
      server.kill('SIGKILL');
      throw thrown;
    }
    return driven;
  }

  /** The driver's process; the program is its child. */
  get pid(): number {
    return this.server.pid ?? 0;
  }

  /** Speaks to the window at this page from now on; the till's own has no name. */
  async window(page: string): Promise<string> {
    return until(`a window at '${page}'`, async () => {
      for (const handle of (await this.call('GET', `${this.session}/window/handles`)) as string[]) {
        await this.turnTo(handle);
        if ((await this.run(() => location.hash.replace(/^#/, ''))) === page) return handle;
      }
      return null;
    });
  }

  async turnTo(handle: string): Promise<void> {
    if (this.handle === handle) return;
    await this.call('POST', `${this.session}/window`, { handle });
    this.handle = handle;
  }

  async place(x: number, y: number): Promise<void> {
    await this.call('POST', `${this.session}/window/rect`, { x, y, width: 1280, height: 800 });
  }

  /** Runs a function in the page and waits for what it promises. */
  async run<A extends readonly unknown[], T>(act: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${act.toString()})(...[...arguments].slice(0, -1)))
        .then((value) => done({ value }), (error) => done({ error: String(error?.message ?? JSON.stringify(error)) }));`;
    const answer = (await this.call('POST', `${this.session}/execute/async`, { script, args })) as { value?: T; error?: string };
    if (answer.error !== undefined) throw new Error(`in the page: ${answer.error}`);
    return answer.value as T;
  }

  /** Presses and lets go at a point of the window. */
  async tap({ x, y }: Point): Promise<void> {
    const actions = [
      { type: 'pointerMove', duration: 0, x: Math.round(x), y: Math.round(y), origin: 'viewport' },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    const finger = { type: 'pointer', id: 'finger', parameters: { pointerType: 'mouse' }, actions };
    await this.call('POST', `${this.session}/actions`, { actions: [finger] });
  }

  async key(value: string): Promise<void> {
    const actions = [{ type: 'keyDown', value }, { type: 'keyUp', value }];
    await this.call('POST', `${this.session}/actions`, { actions: [{ type: 'key', id: 'keys', actions }] });
  }

  /** The middle of the first element that fits and can be seen. */
  middle(selector: string, text = ''): Promise<Point> {
    return until(`${selector} '${text}'`, () =>
      this.run((wanted, words) => {
        const found = [...document.querySelectorAll(wanted)].find((element) => (element.textContent ?? '').includes(words));
        if (found === undefined) return null;
        const { x, y, width, height } = found.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      }, selector, text));
  }

  /** Ends the session, which ends the program, and the driver. */
  async end(): Promise<void> {
    const over = new Promise<void>((resolve) => this.server.once('close', () => resolve()));
    if (this.session !== '') await this.call('DELETE', this.session).catch(() => undefined);
    this.server.kill('SIGTERM');
    await over;
  }

  private async call(method: string, path: string, body?: Json): Promise<unknown> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(this.address + path, init);
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  }
}

export interface Point {
  readonly x: number;
  readonly y: number;
}
