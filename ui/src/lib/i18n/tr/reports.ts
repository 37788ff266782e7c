import type { Messages } from '../messages';

export const reports = {
  'store.for_support': 'Destek için:',
  'incident_fact.continuity_unproven': (p) => `Hiçbir numara iki kez verilmesin diye yeni bir harf, ${p.letter}, ve yeni bir fiş serisi, ${p.series}, başladı.`,
  'incident_fact.store_salvaged': 'Okunabilenler yeni bir dosyada ve kasa satışa devam ediyor. Bozuk dosya saklanıyor.',
  'incident_fact.row_damaged': (p) => `${p.log} günlüğünün ${p.seq}. satırı. Artık güvenilmiyor; diğerlerine güveniliyor.`,
  'incident_fact.log_forked': (p) => `${p.log} günlüğü ${p.seq}. satırda ayrılıyor. İki geçmiş de saklanıyor.`,
  'incident_fact.clock_ahead': (p) => `${p.device} cihazının saati ${p.seconds} sn ilerideydi. Zamanı alınmadı.`,
  'verified.good': (p) => `${p.logs} günlükte ${p.rows} satır doğrulandı: her özet, imza ve uç tutuyor`,
  'verified.bad': (p) => `${p.logs} günlüğün ${p.rows} satırında ${p.faults} hata`,
  'imported.rows': (p) => `${p.rows} satır okundu: ${p.stored} kaydedildi, ${p.held} zaten vardı, ${p.refused} reddedildi`,
  'imported.more': (p) => `${p.logs} yeni günlük, ${p.orders} sipariş yeniden kuruldu, ${p.documents} belge`,
  'imported.mended': (p) => `Bozuk satırların yerinde ${p.stubs} işaret, ${p.healed} satır onarıldı`,
  'imported.renewed': 'Burada yeni bir harf ve yeni bir fiş serisi başlıyor.',
  'imported.refused': 'reddedildi:',
} satisfies Partial<Messages<'tr'>>;
