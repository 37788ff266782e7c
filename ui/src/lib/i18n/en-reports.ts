// English: incidents, and what a verification or an import found. Names of logs and devices stay as they are.

export const reports = {
  'store.for_support': 'For support:',
  'incident_fact.continuity_unproven': (p: { letter: string; series: string }) => `A new letter, ${p.letter}, and a new receipt series, ${p.series}, began, so that no number is given twice.`,
  'incident_fact.store_salvaged': 'What could be read is in a new file, and the till sells on. The damaged file is kept.',
  'incident_fact.row_damaged': (p: { log: string; seq: string }) => `Row ${p.seq} of log ${p.log}. It is no longer trusted; the others are.`,
  'incident_fact.log_forked': (p: { log: string; seq: string }) => `Log ${p.log} parts at row ${p.seq}. Both histories are kept.`,
  'incident_fact.clock_ahead': (p: { device: string; seconds: string }) => `The clock of device ${p.device} ran ${p.seconds} s ahead. Its time was not taken over.`,
  'verified.good': (p: { rows: string; logs: string }) => `${p.rows} rows in ${p.logs} logs verified: every hash, signature and head holds`,
  'verified.bad': (p: { faults: string; rows: string; logs: string }) => `${p.faults} faults in ${p.rows} rows of ${p.logs} logs`,
  'imported.rows': (p: { rows: string; stored: string; held: string; refused: string }) => `${p.rows} rows read: ${p.stored} stored, ${p.held} held already, ${p.refused} refused`,
  'imported.more': (p: { logs: string; orders: string; documents: string }) => `${p.logs} new logs, ${p.orders} orders folded, ${p.documents} documents`,
  'imported.mended': (p: { stubs: string; healed: string }) => `${p.stubs} stubs in the place of damaged rows, ${p.healed} rows healed`,
  'imported.renewed': 'A new letter and receipt series begin here.',
  'imported.refused': 'refused:',
};
