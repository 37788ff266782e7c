// The kitchen's sounds, made by code: two strokes for a ticket, one low one for a change. A browser lets no page make a
// sound before someone has touched it; until then the screen has to say that it is silent.

import type { News } from './board';

const KEPT_UNDER = 'docket.kitchen.sound';

interface Stroke {
  readonly hertz: number;
  readonly atS: number;
}

const STROKES: Readonly<Record<Exclude<News, null>, readonly Stroke[]>> = {
  ticket: [{ hertz: 880, atS: 0 }, { hertz: 1_174.7, atS: 0.16 }],
  change: [{ hertz: 392, atS: 0 }, { hertz: 392, atS: 0.2 }, { hertz: 392, atS: 0.4 }],
};
const RINGS_S = 0.5;
const LOUDNESS = 0.35;

export class Chime {
  on = $state(localStorage.getItem(KEPT_UNDER) !== 'off');
  /** Someone has touched the page, so that a sound would be heard. */
  awake = $state(false);
  /** This machine has a way to make a sound. */
  readonly possible: boolean;
  /** How often it rang, and for what last; a sound leaves no other trace on a page. */
  rung = $state.raw<{ count: number; last: News }>({ count: 0, last: null });
  private context: AudioContext | null = null;

  constructor(private readonly make: (() => AudioContext) | null = typeof AudioContext === 'undefined' ? null : () => new AudioContext()) {
    this.possible = this.make !== null;
  }

  /** Waits for the first touch; returns how to stop. */
  start(): () => void {
    const wake = () => void this.wake();
    // After a sign-in the page was touched already.
    if (navigator.userActivation?.hasBeenActive) wake();
    addEventListener('pointerdown', wake);
    addEventListener('keydown', wake);
    return () => {
      removeEventListener('pointerdown', wake);
      removeEventListener('keydown', wake);
      void this.context?.close();
      this.context = null;
      this.awake = false;
    };
  }

  turn(on: boolean): void {
    this.on = on;
    localStorage.setItem(KEPT_UNDER, on ? 'on' : 'off');
    if (on) this.ring('ticket');
  }

  ring(news: News): void {
    const { context } = this;
    if (news === null || !this.on || !this.awake || context === null) return;
    for (const { hertz, atS } of STROKES[news]) stroke(context, hertz, context.currentTime + atS);
    this.rung = { count: this.rung.count + 1, last: news };
  }

  private async wake(): Promise<void> {
    if (this.awake || this.make === null) return;
    this.context ??= this.make();
    await this.context.resume();
    this.awake = this.context?.state === 'running';
  }
}

/** A struck bell: a tone with a weaker octave that dies away. */
function stroke(context: AudioContext, hertz: number, at: number): void {
  const gain = context.createGain();
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(LOUDNESS, at + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + RINGS_S);
  gain.connect(context.destination);
  for (const times of [1, 2]) {
    const tone = context.createOscillator();
    tone.type = times === 1 ? 'triangle' : 'sine';
    tone.frequency.setValueAtTime(hertz * times, at);
    tone.connect(gain);
    tone.start(at);
    tone.stop(at + RINGS_S);
  }
}
