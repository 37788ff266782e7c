// Each window, and in it each station, has a session of its own.

import type { SessionOutcome } from './bindings';

const key = (station: string) => `docket.session.${station}`;

export function keepSession(session: SessionOutcome): void {
  sessionStorage.setItem(key(session.station), JSON.stringify(session));
}

export function keptSession(station: string): SessionOutcome | null {
  const text = sessionStorage.getItem(key(station));
  return text === null ? null : (JSON.parse(text) as SessionOutcome);
}

export function dropSession(station: string): void {
  sessionStorage.removeItem(key(station));
}
