// A screen that exists only in memory, whose pixels lie in a file, and the programs that are shown on it.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ask } from './ask';

/** Room for the till's window and the kitchen's beside it. */
const SCREEN = '2600x900x24';
const PIXEL_BYTES = 4;
/** A window's width of each line. */
const LOOKED_BYTES = 1_280 * PIXEL_BYTES;
/** Blue, green, red, nothing. */
const GREEN = 1;
/** Ink on paper differs by twice as much. */
const SMOOTHING_MOST = 100;

export class Display {
  private constructor(private readonly server: ChildProcess, readonly env: NodeJS.ProcessEnv, private readonly pixels: string) {}

  static async open(): Promise<Display> {
    const folder = mkdtempSync(join(ask.scratch, 'screen-'));
    const args = ['-displayfd', '1', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-noreset', '-fbdir', folder];
    const server = spawn('Xvfb', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const number = await new Promise<string>((resolve, reject) => {
      createInterface({ input: server.stdout }).once('line', resolve);
      server.once('error', reject);
      server.once('close', () => reject(new Error('Xvfb opened no screen')));
    });
    const env = {
      ...process.env,
      DISPLAY: `:${number.trim()}`,
      WAYLAND_DISPLAY: '',
      GDK_BACKEND: 'x11',
      // There is no session bus and no graphics card; asking for them costs seconds and may hang.
      NO_AT_BRIDGE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      // What the bare window keeps lies with the run, as the till's does in its folder.
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    return new Display(server, env, join(folder, 'Xvfb_screen0'));
  }

  /** What is shown, read from the file: no program on the screen notices. */
  eye(top: number, bottom: number, every: number): Eye {
    return new Eye(this.pixels, top, bottom, every);
  }

  close(): void {
    this.server.kill('SIGTERM');
  }
}

/** Looks at some lines of the screen. The file is an X window dump: a head of big-endian words, colours, pixels. */
export class Eye {
  private readonly file: number;
  private readonly start: number;
  private readonly stride: number;
  private readonly lines: number[] = [];

  constructor(path: string, top: number, bottom: number, every: number) {
    this.file = openSync(path, 'r');
    const head = Buffer.alloc(100);
    readSync(this.file, head, 0, head.length, 0);
    const word = (index: number) => head.readUInt32BE(index * 4);
    const [HEAD_BYTES, LINE_BYTES, COLOURS, COLOUR_BYTES] = [word(0), word(12), word(19), 12];
    this.start = HEAD_BYTES + COLOURS * COLOUR_BYTES;
    this.stride = LINE_BYTES;
    for (let line = top; line < bottom; line += every) this.lines.push(line);
  }

  look(): Buffer {
    const seen = Buffer.alloc(this.lines.length * LOOKED_BYTES);
    this.lines.forEach((line, index) => readSync(this.file, seen, index * LOOKED_BYTES, LOOKED_BYTES, this.start + line * this.stride));
    return seen;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Whether there is nothing to see: no window yet, or one that has not painted its page. */
export function blank(sight: Buffer): boolean {
  for (let at = GREEN; at < sight.length; at += PIXEL_BYTES) {
    if (sight[at] !== sight[GREEN]) return false;
  }
  return true;
}

/** Whether two sights are the same but for the smoothing of edges, which differs from start to start. */
export function alike(one: Buffer, other: Buffer): boolean {
  for (let at = GREEN; at < one.length; at += PIXEL_BYTES) {
    if (Math.abs((one[at] ?? 0) - (other[at] ?? 0)) > SMOOTHING_MOST) return false;
  }
  return true;
}
