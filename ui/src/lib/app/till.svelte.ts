// The window's hold on the till: backend, feed, session, and the failures that a person has not yet read.

import { getContext, setContext } from 'svelte';

import {
  asFailure, dropSession, keepSession, keptSession, newId, type Backend, type CommandInput, type CommandName,
  type CommandOptions, type CommandOutcome, Failure, type QueryInput, type QueryName, type SessionOutcome,
} from '../ipc';
import { Feed, type Interest } from '../resource/feed.svelte';
import { Resource } from '../resource/resource.svelte';
import { Acts, type Layer } from './acts.svelte';
import { Lock } from './lock.svelte';
import { Unanswered } from './unanswered';

export type Result = { ok: true; outcome: CommandOutcome } | { ok: false; failure: Failure };

export interface Notice {
  readonly id: number;
  readonly failure: Failure;
}

const MAX_NOTICES = 4;

export class Till {
  readonly feed: Feed;
  /** What keys, palette and help may do on the screen as it is. */
  readonly acts = new Acts();
  readonly lock = new Lock();
  session = $state.raw<SessionOutcome | null>(null);
  notices = $state.raw<readonly Notice[]>([]);
  station = $state('till');
  private lastNotice = 0;
  private readonly unanswered = new Unanswered<string>();

  constructor(readonly backend: Backend) {
    this.feed = new Feed(backend);
    this.feed.onjump = (nowMs) => this.tell(new Failure('clock_jumped', '', '', false, [], { until_ms: nowMs }));
    this.feed.onrefused = (failure) => this.tell(failure);
  }

  /** Takes up the session that this window holds for a station, if it has one. */
  enter(station: string): void {
    this.station = station;
    this.lock.enter(station);
    this.adopt(keptSession(station));
  }

  async signIn(personId: string, pin: string): Promise<Result> {
    const result = await this.attempt('sign_in', { person_id: personId, pin, station: this.station });
    const session = result.ok ? (result.outcome.session ?? null) : null;
    if (session !== null) {
      keepSession({ ...session, station: this.station });
      this.lock.open();
      this.adopt(session);
    }
    return result;
  }

  async signOut(): Promise<void> {
    await this.attempt('sign_out', {});
    this.forget();
  }

  /**
   * Runs a command; a failure is handed back for a dialog to show. The same command after a lost answer goes out under
   * the id that it had, so that it happens once.
   */
  async attempt<N extends CommandName>(name: N, input: CommandInput<N>, options: CommandOptions = {}): Promise<Result> {
    const what = JSON.stringify([name, input, options.expectedVersion ?? null]);
    const commandId = options.commandId ?? this.unanswered.take(what) ?? newId();
    try {
      const outcome = await this.backend.command(name, input, { ...options, commandId });
      this.unanswered.clear();
      return { ok: true, outcome };
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.code === 'no_answer') this.unanswered.keep(what, commandId);
      else this.unanswered.clear();
      if (failure.code === 'session_required') {
        // The dialog that would have said so goes with the session.
        this.tell(failure);
        this.forget();
      }
      return { ok: false, failure };
    }
  }

  /** Runs a command; a failure stays on the screen until it is read. */
  async act<N extends CommandName>(name: N, input: CommandInput<N>, options?: CommandOptions): Promise<Result> {
    const result = await this.attempt(name, input, options);
    if (!result.ok) this.tell(result.failure);
    return result;
  }

  tell(failure: Failure): void {
    const same = this.notices.find(({ failure: told }) => told.code === failure.code && told.rule === failure.rule);
    if (same) return;
    this.lastNotice += 1;
    this.notices = [...this.notices, { id: this.lastNotice, failure }].slice(-MAX_NOTICES);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /**
   * A read model that follows `input` and the feed while the calling component lives: at once, or some time behind it,
   * and then once for all that happened in that time.
   * A session that has ended is noticed here too, because a screen asks before anyone taps.
   */
  resource<N extends QueryName>(
    name: N, input: () => QueryInput<N> | null, interest: () => Interest, { keepValue = true, behindMs = 0 } = {},
  ): Resource<N> {
    const resource = new Resource(this.backend, name);
    $effect(() => resource.follow(input(), keepValue));
    $effect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const refresh = () => {
        timer = undefined;
        void resource.refresh();
      };
      const stop = this.feed.listen(interest, () => (behindMs === 0 ? refresh() : (timer ??= setTimeout(refresh, behindMs))));
      return () => {
        clearTimeout(timer);
        stop();
      };
    });
    $effect(() => {
      if (resource.failure?.code === 'session_required') this.forget();
    });
    return resource;
  }

  /** Offers acts to keys, palette and help while the calling component lives. */
  offer(layer: Layer): void {
    $effect(() => this.acts.offer(layer));
  }

  private adopt(session: SessionOutcome | null): void {
    this.session = session;
    this.backend.session = session?.session_id ?? null;
  }

  private forget(): void {
    dropSession(this.station);
    this.lock.open();
    this.adopt(null);
  }
}

const KEY = Symbol('till');

export function provideTill(till: Till): void {
  setContext(KEY, till);
}

export function useTill(): Till {
  return getContext<Till>(KEY);
}
