import type { Messages } from '../messages';

export const reports = {
  'store.for_support': 'Para el soporte:',
  'incident_fact.continuity_unproven': (p) => `Empezaron una letra nueva, ${p.letter}, y una serie de recibos nueva, ${p.series}, para que ningún número se dé dos veces.`,
  'incident_fact.store_salvaged': 'Lo que se pudo leer está en un archivo nuevo y la caja sigue vendiendo. El archivo dañado se conserva.',
  'incident_fact.row_damaged': (p) => `Fila ${p.seq} del registro ${p.log}. Ya no se confía en ella; en las demás, sí.`,
  'incident_fact.log_forked': (p) => `El registro ${p.log} se divide en la fila ${p.seq}. Se conservan ambas historias.`,
  'incident_fact.clock_ahead': (p) => `El reloj del dispositivo ${p.device} iba ${p.seconds} s adelantado. Su hora no se tomó.`,
  'verified.good': (p) => `${p.rows} filas en ${p.logs} registros verificadas: cada huella, firma y cabeza es correcta`,
  'verified.bad': (p) => `${p.faults} fallos en ${p.rows} filas de ${p.logs} registros`,
  'imported.rows': (p) => `${p.rows} filas leídas: ${p.stored} guardadas, ${p.held} ya presentes, ${p.refused} rechazadas`,
  'imported.more': (p) => `${p.logs} registros nuevos, ${p.orders} comandas rehechas, ${p.documents} documentos`,
  'imported.mended': (p) => `${p.stubs} marcas en lugar de filas dañadas, ${p.healed} filas reparadas`,
  'imported.renewed': 'Aquí empiezan una letra y una serie de recibos nuevas.',
  'imported.refused': 'rechazado:',
} satisfies Partial<Messages<'es'>>;
