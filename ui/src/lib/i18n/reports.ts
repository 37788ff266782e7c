// What happened to the store, and what its checks found, in words: the till says the figures.

import type { ClockView, ForkView, ImportedView, IncidentFacts, VerifiedView } from '../ipc';
import { count } from './format';
import { t } from './text';

const forked = ({ log, seq }: ForkView): string => t('incident_fact.log_forked', { log, seq: count(seq) });
const ahead = ({ device, ahead_ms }: ClockView): string => t('incident_fact.clock_ahead', { device, seconds: count(Math.round(ahead_ms / 1_000)) });

/** An incident in words; empty for one of a till that is newer than these screens. */
export function incidentText(facts: IncidentFacts): string {
  switch (facts.kind) {
    case 'continuity_unproven': return t('incident_fact.continuity_unproven', { letter: facts.letter, series: facts.receipt_series });
    case 'store_salvaged': return t('incident_fact.store_salvaged');
    case 'row_damaged': return t('incident_fact.row_damaged', { log: facts.log, seq: count(facts.seq) });
    case 'log_forked': return forked(facts);
    case 'clock_ahead': return ahead(facts);
  }
}

/** What support asks for: the till's own words, which are English. */
export const supportText = (facts: IncidentFacts): string => ('reason' in facts ? facts.reason : '');

export function verifiedText({ rows, logs, faults }: VerifiedView): string {
  const read = { rows: count(rows), logs: count(logs) };
  return faults === 0 ? t('verified.good', read) : t('verified.bad', { ...read, faults: count(faults) });
}

/** What an import did, a line for each thing. Why lines were refused is not among them: that is for support. */
export function importedLines(done: ImportedView): string[] {
  const { stubs, healed } = done;
  return [
    t('imported.rows', { rows: count(done.rows), stored: count(done.stored), held: count(done.held), refused: count(done.refused) }),
    t('imported.more', { logs: count(done.logs), orders: count(done.orders), documents: count(done.documents) }),
    ...(stubs + healed > 0 ? [t('imported.mended', { stubs: count(stubs), healed: count(healed) })] : []),
    ...done.forks.map(forked),
    ...done.clocks.map(ahead),
    ...(done.renewed ? [t('imported.renewed')] : []),
  ];
}
