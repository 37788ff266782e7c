import type { Messages } from '../messages';

export const reports = {
  'store.for_support': 'للدعم الفني:',
  'incident_fact.continuity_unproven': (p) => `بدأ حرف جديد ${p.letter} وسلسلة إيصالات جديدة ${p.series} كي لا يُعطى رقم مرتين.`,
  'incident_fact.store_salvaged': 'ما أمكنت قراءته في ملف جديد، والصندوق يواصل البيع. الملف التالف محفوظ.',
  'incident_fact.row_damaged': (p) => `السطر ${p.seq} من السجل ${p.log}. لم يعد موثوقًا، أما البقية فموثوقة.`,
  'incident_fact.log_forked': (p) => `السجل ${p.log} يتفرع عند السطر ${p.seq}. التاريخان محفوظان.`,
  'incident_fact.clock_ahead': (p) => `كانت ساعة الجهاز ${p.device} متقدمة ${p.seconds} ث. لم يؤخذ بوقتها.`,
  'verified.good': (p) => `فُحصت ${p.rows} من الأسطر في ${p.logs} من السجلات: كل بصمة وتوقيع ورأس صحيح`,
  'verified.bad': (p) => `${p.faults} من الأخطاء في ${p.rows} من الأسطر من ${p.logs} من السجلات`,
  'imported.rows': (p) => `قُرئت ${p.rows} من الأسطر: خُزّن ${p.stored}، وكان موجودًا ${p.held}، ورُفض ${p.refused}`,
  'imported.more': (p) => `سجلات جديدة: ${p.logs}، طلبات أُعيد بناؤها: ${p.orders}، مستندات: ${p.documents}`,
  'imported.mended': (p) => `علامات مكان أسطر تالفة: ${p.stubs}، أسطر أُصلحت: ${p.healed}`,
  'imported.renewed': 'يبدأ هنا حرف جديد وسلسلة إيصالات جديدة.',
  'imported.refused': 'مرفوض:',
} satisfies Partial<Messages<'ar'>>;
