// S1: from the start of the process to a sign-in page that takes a PIN, as it stands on the screen. No driver is at hand:
// the program runs as people start it, and the pixels are compared with those of an earlier start.

import { spawn, type ChildProcess } from 'node:child_process';

import { ask, folder, pause, type Samples } from './ask';
import { alike, blank, Display, type Eye } from './display';
import { app, bareWindow, wordsOf } from './windows';

/** The lines looked at: names and keypad are there, the line of the till's state is not. */
const [TOP, BOTTOM, EVERY] = [80, 640, 8];
const LOOK_EVERY_MS = 4;
/** A page on which nothing has moved for so long is finished. */
const QUIET_MS = 2_500;
const LIMIT_MS = 40_000;

type Side = readonly [program: string, words: readonly string[]];

export async function starts(): Promise<Samples> {
  const display = await Display.open();
  const eye = display.eye(TOP, BOTTOM, EVERY);
  try {
    const [till, bare]: [Side, Side] = [[app(), wordsOf(folder(0))], [bareWindow(), []]];
    const [tillDone, bareDone] = [await finished(display, eye, till), await finished(display, eye, bare)];
    if (alike(tillDone, bareDone)) throw new Error('both windows look the same');
    const samples = { ours: [] as number[], anchor: [] as number[] };
    for (let count = 0; count < ask.samples; count += 1) {
      samples.ours.push(await timed(display, eye, till, tillDone));
      samples.anchor.push(await timed(display, eye, bare, bareDone));
    }
    return samples;
  } finally {
    eye.close();
    display.close();
  }
}

function begin(display: Display, [program, words]: Side): ChildProcess {
  return spawn(program, [...words], { env: display.env, stdio: 'ignore' });
}

async function end(child: ChildProcess): Promise<void> {
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.kill('SIGTERM');
  await over;
  // The engine's own processes go a little later; they would take time from the next start.
  await pause(400);
}

/** What the screen shows once the page is finished. */
async function finished(display: Display, eye: Eye, side: Side): Promise<Buffer> {
  const child = begin(display, side);
  let [last, since] = [eye.look(), Date.now()];
  const begun = since;
  while (blank(last) || Date.now() - since < QUIET_MS) {
    if (Date.now() - begun > LIMIT_MS) throw new Error(`${side[0]} never came to rest`);
    await pause(50);
    const now = eye.look();
    if (!now.equals(last)) [last, since] = [now, Date.now()];
  }
  await end(child);
  return last;
}

/** Microseconds from the start to that sight. */
async function timed(display: Display, eye: Eye, side: Side, done: Buffer): Promise<number> {
  const begun = process.hrtime.bigint();
  const child = begin(display, side);
  try {
    while (!alike(eye.look(), done)) {
      if (process.hrtime.bigint() - begun > BigInt(LIMIT_MS) * 1_000_000n) throw new Error(`${side[0]} never looked as before`);
      await pause(LOOK_EVERY_MS);
    }
    return Number((process.hrtime.bigint() - begun) / 1_000n);
  } finally {
    await end(child);
  }
}
