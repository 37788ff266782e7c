import type { Messages } from '../messages';

export const reports = {
  'store.for_support': 'サポート用：',
  'incident_fact.continuity_unproven': (p) => `同じ番号が二度使われないよう、新しい文字${p.letter}と新しいレシート系列${p.series}が始まりました。`,
  'incident_fact.store_salvaged': '読めたものは新しいファイルにあり、レジは販売を続けます。壊れたファイルは保管されています。',
  'incident_fact.row_damaged': (p) => `ログ${p.log}の${p.seq}行目。この行は信頼されません。ほかの行は信頼できます。`,
  'incident_fact.log_forked': (p) => `ログ${p.log}は${p.seq}行目で分かれています。両方の履歴が保管されています。`,
  'incident_fact.clock_ahead': (p) => `端末${p.device}の時計が${p.seconds}秒進んでいました。その時刻は採用されませんでした。`,
  'verified.good': (p) => `${p.logs}個のログの${p.rows}行を検証：すべてのハッシュ、署名、先頭が正しい`,
  'verified.bad': (p) => `${p.logs}個のログの${p.rows}行に${p.faults}件の誤り`,
  'imported.rows': (p) => `${p.rows}行を読み込み：保存${p.stored}、既にあり${p.held}、拒否${p.refused}`,
  'imported.more': (p) => `新しいログ${p.logs}、作り直した注文${p.orders}、文書${p.documents}`,
  'imported.mended': (p) => `壊れた行の代わりの印${p.stubs}、直った行${p.healed}`,
  'imported.renewed': 'ここから新しい文字と新しいレシート系列が始まります。',
  'imported.refused': '拒否：',
} satisfies Partial<Messages<'ja'>>;
