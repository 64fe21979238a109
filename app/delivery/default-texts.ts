import type { Language } from '../i18n/i18n.ts';

/** What a campaign's mail says until the merchant says it better. */
export const DEFAULT_TEXTS: Readonly<Record<Language, { readonly subject: string; readonly body: string }>> = {
  en: {
    subject: '{{first_name|Hello}}, something for you',
    body: 'Hello {{first_name|there}},\n\nwe would like to see you again: {{offer}} with the code\n\n{{code}}\n\nIt works until {{ends|further notice}}.\n\n{{shop}}',
  },
  'zh-CN': {
    subject: '{{first_name|您好}}，送您一份礼物',
    body: '{{first_name|尊敬的客户}}，您好！\n\n我们期待您再次光临：{{offer}}，优惠码\n\n{{code}}\n\n有效期至{{ends|另行通知}}。\n\n{{shop}}',
  },
};
