// The choices that settle what happened at two places at once, in words that fit what happened.

import { t } from '../../lib/i18n';
import type { ExceptionView, Resolution } from '../../lib/ipc';

/** What to do about it, in a sentence. */
export const wayOf = ({ kind }: ExceptionView): string => t(`exception_way.${kind}`);

export function resolutionText({ kind }: ExceptionView, resolution: Resolution): string {
  if (resolution === 'waste') return t('resolution.waste');
  if (kind === 'already_made') return t('resolution.keep_food');
  if (kind === 'cancelled_after_handover') return t('resolution.keep_guest');
  if (kind === 'refund_due' || kind === 'overpaid') return t('resolution.keep_money');
  return t('resolution.keep');
}
