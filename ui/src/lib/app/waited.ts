// How long something waits, in the two units that matter.

import { count, t } from '../i18n';

export function waited(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return t('duration.seconds', { count: count(Math.max(0, Math.floor(ms / 1_000))) });
  if (minutes < 60) return t('duration.minutes', { count: count(minutes) });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t('duration.hours', { hours: count(hours), minutes: count(minutes % 60) });
  return t('duration.days', { days: count(Math.floor(hours / 24)), hours: count(hours % 24) });
}
