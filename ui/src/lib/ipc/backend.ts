// What the screens know of the till: commands, queries and a feed of changes, whatever carries them.

import type { Change, CommandOutcome, Commands, ErrorCode, MenuRemark, Params, Queries } from './bindings';

export type CommandName = keyof Commands;
export type QueryName = keyof Queries;
export type CommandInput<N extends CommandName> = Commands[N]['input'];
export type QueryInput<N extends QueryName> = Queries[N]['input'];
export type QueryOutput<N extends QueryName> = Queries[N]['output'];

/**
 * Two codes that no till sends: `no_answer`, the till could not be reached or its answer not be read; `clock_jumped`, what
 * the feed says of the till's clock moved by more than the time that went by.
 */
export type FailureCode = ErrorCode | 'no_answer' | 'clock_jumped';

/** Why a call was refused or failed; the only thing that a backend throws. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: FailureCode,
    readonly field: string,
    readonly rule: string,
    readonly retryable: boolean,
    readonly details: readonly string[] = [],
    /** What the rule speaks of. */
    readonly params: Params = {},
    /** The faults of a menu. */
    readonly faults: readonly MenuRemark[] = [],
  ) {
    super(rule);
  }
}

export interface CommandOptions {
  /** The order's version that the person saw; the till refuses the command if the order has moved since. */
  expectedVersion?: string;
  /** Given only to repeat a command by hand; otherwise each call makes its own. */
  commandId?: string;
}

export interface FeedListener {
  /** The feed is open, for the first time or again without a place to resume: fetch everything anew. */
  onOpen(): void;
  onChange(change: Change): void;
  /** The till answers, but not with a feed: another start of it, that this window has no key to. */
  onRefused?(failure: Failure): void;
}

/** A display that is plugged in. */
export interface Display {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export type WindowName = 'cashier' | 'kitchen' | 'board';

/** How a window is to stand on this device. */
export interface WindowWish {
  /** By name; none leaves it to the till. */
  readonly display: string | null;
  readonly full_screen: boolean;
  readonly at_start: boolean;
}

export interface WindowStanding extends WindowWish {
  readonly window: WindowName;
  readonly open: boolean;
  /** The display that it was to stand on, and that is not there. */
  readonly missing: string | null;
}

export interface Standings {
  readonly displays: readonly Display[];
  readonly windows: readonly WindowStanding[];
  readonly kiosk: boolean;
}

/** The windows of this device; a host without windows has none. */
export interface Windows {
  look(): Promise<Standings>;
  arrange(window: WindowName, wish: WindowWish): Promise<void>;
  enterKiosk(): Promise<void>;
  leaveKiosk(personId: string, pin: string): Promise<void>;
}

export interface Backend {
  /** Carried by every call, once someone has signed in at this window. */
  session: string | null;
  command<N extends CommandName>(name: N, input: CommandInput<N>, options?: CommandOptions): Promise<CommandOutcome>;
  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutput<N>>;
  /** Opens a screen in a window of its own, where the host has windows. */
  openWindow?(route: 'kitchen' | 'board'): Promise<void>;
  /** Saves the export that waits, where the host's files are not the person's own. */
  download?(): Promise<void>;
  /** Only the till's own window arranges windows. */
  readonly windows?: Windows;
  /** Opens the feed and keeps it open until the returned function is called. */
  changes(listener: FeedListener): () => void;
}

/** The failure in what was thrown, whatever was thrown. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure('no_answer', '', thrown instanceof Error ? thrown.message : String(thrown), true);
}

/** Reads the error shape that both hosts share; anything else counts as no answer. */
export function readFailure(body: unknown, otherwise: string): Failure {
  if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') {
    const error = body as Record<string, unknown>;
    return new Failure(
      body.code as ErrorCode,
      typeof error['field'] === 'string' ? error['field'] : '',
      typeof error['rule'] === 'string' ? error['rule'] : otherwise,
      error['retryable'] === true,
      Array.isArray(error['details']) ? error['details'].map(String) : [],
      typeof error['params'] === 'object' && error['params'] !== null ? (error['params'] as Params) : {},
      Array.isArray(error['faults']) ? (error['faults'] as MenuRemark[]) : [],
    );
  }
  return new Failure('no_answer', '', otherwise, true);
}
