// The till inside the desktop program, over its IPC.

import { Channel, invoke } from '@tauri-apps/api/core';

import type { Change, CommandOutcome } from './bindings';
import {
  readFailure, type Backend, type CommandInput, type CommandName, type CommandOptions, type FeedListener,
  type QueryInput, type QueryName, type QueryOutput, type Standings, type Windows,
} from './backend';
import { newId } from './ids';
import { withRetry } from './retry';

const REOPEN_AFTER_MS = 1_000;

async function call<T>(command: string, args: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw readFailure(thrown, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

export class TauriBackend implements Backend {
  session: string | null = null;

  async command<N extends CommandName>(
    name: N, input: CommandInput<N>, options: CommandOptions = {},
  ): Promise<CommandOutcome> {
    const request = {
      command_id: options.commandId ?? newId(),
      expected_version: options.expectedVersion ?? null,
      input,
    };
    return withRetry(() => call<CommandOutcome>('command', { name, session: this.session, request }));
  }

  async query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutput<N>> {
    return withRetry(() => call<QueryOutput<N>>('query', { name, session: this.session, input }));
  }

  async openWindow(route: 'kitchen' | 'board'): Promise<void> {
    await call('open_window', { route });
  }

  readonly windows: Windows = {
    look: () => call<Standings>('displays', {}),
    arrange: (window, wish) => call('arrange', { session: this.session, window, wish }),
    enterKiosk: () => call('enter_kiosk', { session: this.session }),
    leaveKiosk: (personId, pin) => call('leave_kiosk', { personId, pin, commandId: newId() }),
  };

  changes(listener: FeedListener): () => void {
    let stopped = false;
    let after: string | null = null;
    const open = async () => {
      const channel = new Channel<Change>();
      channel.onmessage = (change) => {
        if (stopped) return;
        if (change.kind !== 'heartbeat') after = change.position;
        listener.onChange(change);
      };
      try {
        await call('changes', { after, channel });
        if (!stopped) listener.onOpen();
      } catch {
        if (!stopped) setTimeout(() => void open(), REOPEN_AFTER_MS);
      }
    };
    void open();
    return () => {
      stopped = true;
    };
  }
}
