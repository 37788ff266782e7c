import type { Messages } from '../messages';

export const settling = {
  'cart.state_count': (p) => `${p.state}: ${p.many}`,
  'exception_way.already_made': 'ماذا حلّ بالطعام: رُمي أم استُعمل؟ أو أعِد الطلب.',
  'exception_way.cancelled_after_handover': 'عند الضيف جزء منه، وعليه ثمن هذا الجزء فقط.',
  'exception_way.refund_due': 'هذا المبلغ للضيف. رُدّه أولًا ثم سجّله مسوّى.',
  'exception_way.overpaid': 'قُبض مرتين. رُدّ الدفعة الثانية ثم سجّله مسوّى.',
  'exception_way.changed_after_firing': 'يُعدّ المطبخ ما عنده. للنسخة الأخرى أضف سطرًا جديدًا.',
  'exception_way.conflicting_edit': 'اسأل الضيف أي نسخة هي الصحيحة، وصحّح السطر إن لم تكن هذه.',
  'exception_way.item_after_close': 'افتح الطلب على الصندوق: اقبض الباقي أو أبطل الصنف.',
  'resolution.keep_food': 'استُعمل الطعام',
  'resolution.keep_guest': 'يبقى عند الضيف',
  'resolution.keep_money': 'سُوّي مع الضيف',
  'settle.none': 'لا شيء للتسوية.',
  'settle.by_manager': 'يسوّي المدير هذا.',
  'do.settle': 'عرض ما للتسوية',
} satisfies Partial<Messages<'ar'>>;
