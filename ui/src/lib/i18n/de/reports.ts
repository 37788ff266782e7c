import type { Messages } from '../messages';

export const reports = {
  'store.for_support': 'Für den Support:',
  'incident_fact.continuity_unproven': (p) => `Ein neuer Buchstabe, ${p.letter}, und eine neue Bonreihe, ${p.series}, haben begonnen, damit keine Nummer zweimal vergeben wird.`,
  'incident_fact.store_salvaged': 'Was lesbar war, steht in einer neuen Datei, und die Kasse verkauft weiter. Die beschädigte Datei bleibt erhalten.',
  'incident_fact.row_damaged': (p) => `Zeile ${p.seq} im Protokoll ${p.log}. Ihr wird nicht mehr vertraut, den anderen schon.`,
  'incident_fact.log_forked': (p) => `Protokoll ${p.log} teilt sich bei Zeile ${p.seq}. Beide Verläufe bleiben erhalten.`,
  'incident_fact.clock_ahead': (p) => `Die Uhr des Geräts ${p.device} ging ${p.seconds} s vor. Ihre Zeit wurde nicht übernommen.`,
  'verified.good': (p) => `${p.rows} Zeilen in ${p.logs} Protokollen geprüft: jede Prüfsumme, Unterschrift und Spitze stimmt`,
  'verified.bad': (p) => `${p.faults} Fehler in ${p.rows} Zeilen aus ${p.logs} Protokollen`,
  'imported.rows': (p) => `${p.rows} Zeilen gelesen: ${p.stored} gespeichert, ${p.held} schon vorhanden, ${p.refused} abgelehnt`,
  'imported.more': (p) => `${p.logs} neue Protokolle, ${p.orders} Bestellungen neu gebildet, ${p.documents} Dokumente`,
  'imported.mended': (p) => `${p.stubs} Platzhalter für beschädigte Zeilen, ${p.healed} Zeilen geheilt`,
  'imported.renewed': 'Hier beginnen ein neuer Buchstabe und eine neue Bonreihe.',
  'imported.refused': 'abgelehnt:',
} satisfies Partial<Messages<'de'>>;
