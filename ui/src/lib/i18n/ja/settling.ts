import type { Messages } from '../messages';

export const settling = {
  'cart.state_count': (p) => `${p.many} ${p.state}`,
  'exception_way.already_made': '料理はどうなりましたか：廃棄、それとも別に提供？注文を戻すこともできます。',
  'exception_way.cancelled_after_handover': 'お客様は一部を受け取り、その分だけを支払います。',
  'exception_way.refund_due': 'このお金はお客様のものです。返金してから「解決済み」にしてください。',
  'exception_way.overpaid': '二重に受け取りました。二回目の分を返金してから「解決済み」にしてください。',
  'exception_way.changed_after_firing': '厨房は手元の内容で作ります。もう一方は新しい行で追加してください。',
  'exception_way.conflicting_edit': 'どちらが正しいかお客様に確認し、違う場合は行を直してください。',
  'exception_way.item_after_close': 'レジで注文を開き、残りを会計するか、品を取り消してください。',
  'resolution.keep_food': '料理は使う',
  'resolution.keep_guest': 'お客様が受け取る',
  'resolution.keep_money': 'お客様と解決済み',
  'settle.none': '確認するものはありません。',
  'settle.by_manager': '責任者が確認します。',
  'do.settle': '要確認を表示',
} satisfies Partial<Messages<'ja'>>;
