// An act in words.

import { t } from '../i18n';
import { rowOf, type ActId } from './keys';

export function actText(id: ActId): string {
  const { text, place } = rowOf(id);
  // The one text that counts is asked for with its place; all others take nothing.
  return text === 'do.pay_note' ? t('do.pay_note', { place: place ?? 1 }) : (t as (key: string) => string)(text);
}
