// The till over HTTP, for a browser on the same machine. The cookie that opens the door is the server's business.

import type { Change, CommandOutcome } from './bindings';
import {
  asFailure, Failure, readFailure, type Backend, type CommandInput, type CommandName, type CommandOptions, type FeedListener,
  type QueryInput, type QueryName, type QueryOutput,
} from './backend';
import { newId } from './ids';
import { withRetry } from './retry';

const REOPEN_AFTER_MS = 1_000;
/** Longer than the slowest act of a healthy till, short enough that a cashier does not stand there. */
const ANSWER_WITHIN_MS = 10_000;

export class HttpBackend implements Backend {
  session: string | null = null;

  constructor(private readonly base: string = './api') {}

  async command<N extends CommandName>(
    name: N, input: CommandInput<N>, options: CommandOptions = {},
  ): Promise<CommandOutcome> {
    const body = JSON.stringify({
      command_id: options.commandId ?? newId(),
      expected_version: options.expectedVersion ?? null,
      input,
    });
    return withRetry(() => this.fetchJson<CommandOutcome>(`${this.base}/commands/${name}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body,
    }));
  }

  async query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutput<N>> {
    const fields = new URLSearchParams();
    for (const [field, value] of Object.entries(input)) {
      if (value !== null && value !== undefined) fields.set(field, String(value));
    }
    const query = fields.size > 0 ? `?${fields.toString()}` : '';
    return withRetry(() => this.fetchJson<QueryOutput<N>>(`${this.base}/queries/${name}${query}`, { method: 'GET' }));
  }

  async download(): Promise<void> {
    const url = `${this.base}/downloads`;
    // What saves a file sends no session, so the session trades for a ticket that is good once.
    const { ticket, name } = await this.fetchJson<{ ticket: string; name: string }>(url, { method: 'POST' });
    const link = document.createElement('a');
    [link.href, link.download] = [`${url}/${ticket}`, name];
    link.click();
  }

  changes(listener: FeedListener): () => void {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Only a feed that was open once is missed; before that the screens' own queries say what is wrong.
    let told = true;
    // An event stream does not say why it was refused; any query does.
    const askWhy = () => this.query('shop', {}).catch((thrown: unknown) => {
      const failure = asFailure(thrown);
      if (failure.code === 'no_answer' || told) return;
      told = true;
      listener.onRefused?.(failure);
    });
    const open = () => {
      const opened = new EventSource(`${this.base}/changes`);
      source = opened;
      opened.onopen = () => {
        told = false;
        listener.onOpen();
      };
      opened.onmessage = (message: MessageEvent<string>) => listener.onChange(JSON.parse(message.data) as Change);
      opened.onerror = () => {
        // The browser reconnects by itself unless the server answered with a refusal.
        if (opened.readyState !== EventSource.CLOSED) return;
        opened.close();
        if (!told) void askWhy();
        timer = setTimeout(open, REOPEN_AFTER_MS);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }

  private async fetchJson<T>(url: string, init: { method: string; headers?: Record<string, string>; body?: string }) {
    const headers = { ...init.headers, ...(this.session === null ? {} : { 'Docket-Session': this.session }) };
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    } catch (thrown) {
      throw new Failure('no_answer', '', thrown instanceof Error ? thrown.message : String(thrown), true);
    }
    const body: unknown = await response.json().catch(() => null);
    if (response.ok && body !== null) return body as T;
    throw readFailure(body, `HTTP ${String(response.status)}`);
  }
}
