import type { Messages } from '../messages';

export const reports = {
  'store.for_support': 'Pour l’assistance :',
  'incident_fact.continuity_unproven': (p) => `Une nouvelle lettre, ${p.letter}, et une nouvelle série de tickets, ${p.series}, ont commencé, afin qu’aucun numéro ne serve deux fois.`,
  'incident_fact.store_salvaged': 'Ce qui était lisible se trouve dans un nouveau fichier, et la caisse continue. Le fichier abîmé est conservé.',
  'incident_fact.row_damaged': (p) => `Ligne ${p.seq} du journal ${p.log}. On ne s’y fie plus ; aux autres, oui.`,
  'incident_fact.log_forked': (p) => `Le journal ${p.log} se divise à la ligne ${p.seq}. Les deux histoires sont conservées.`,
  'incident_fact.clock_ahead': (p) => `L’horloge de l’appareil ${p.device} avançait de ${p.seconds} s. Son heure n’a pas été reprise.`,
  'verified.good': (p) => `${p.rows} lignes dans ${p.logs} journaux vérifiées : chaque empreinte, signature et tête est juste`,
  'verified.bad': (p) => `${p.faults} fautes dans ${p.rows} lignes de ${p.logs} journaux`,
  'imported.rows': (p) => `${p.rows} lignes lues : ${p.stored} enregistrées, ${p.held} déjà présentes, ${p.refused} refusées`,
  'imported.more': (p) => `${p.logs} nouveaux journaux, ${p.orders} commandes recomposées, ${p.documents} documents`,
  'imported.mended': (p) => `${p.stubs} marques à la place de lignes abîmées, ${p.healed} lignes réparées`,
  'imported.renewed': 'Une nouvelle lettre et une nouvelle série de tickets commencent ici.',
  'imported.refused': 'refusé :',
} satisfies Partial<Messages<'fr'>>;
