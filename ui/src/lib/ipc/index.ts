// The only door to the till. Which host is behind it shows nowhere else.

import type { Backend } from './backend';
import { HttpBackend } from './http';
import { TauriBackend } from './tauri';

export type * from './bindings';
export { COMMANDS, ERROR_CODES } from './bindings';
export { asFailure, Failure } from './backend';
export type {
  Backend, CommandInput, CommandName, CommandOptions, Display, FailureCode, FeedListener, QueryInput, QueryName, QueryOutput, Standings,
  Windows, WindowName, WindowStanding, WindowWish,
} from './backend';
export { newId } from './ids';
export { dropSession, keepSession, keptSession } from './session';

export function connect(): Backend {
  return '__TAURI_INTERNALS__' in window ? new TauriBackend() : new HttpBackend();
}
