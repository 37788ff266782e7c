// Every word that a person reads comes through here. A key that does not exist does not compile.

import type { FailureCode } from '../ipc';
import { en } from './en';
import { errors } from './errors';

type Messages = typeof en;
export type MessageKey = keyof Messages;
type Params<K extends MessageKey> = Messages[K] extends (params: infer P) => string ? [params: P] : [];

export function t<K extends MessageKey>(key: K, ...params: Params<K>): string {
  const message: unknown = en[key];
  return typeof message === 'function' ? (message as (params: unknown) => string)(params[0]) : String(message);
}

/** Our words for an error code; a code of a newer till than this screen falls back to a general one. */
export function errorText(code: FailureCode): string {
  return (errors as Partial<Record<string, string>>)[code] ?? en['failure.unknown'];
}

/** The text of `prefix.value` where we have one, else the value as it stands: lists that a newer till may extend. */
export function termText(prefix: 'event' | 'incident' | 'work', value: string): string {
  return (en as unknown as Partial<Record<string, string>>)[`${prefix}.${value}`] ?? value;
}

export * from './format';
