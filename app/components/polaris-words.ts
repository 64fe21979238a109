import en from '@shopify/polaris/locales/en.json' with { type: 'json' };
import zhCn from '@shopify/polaris/locales/zh-CN.json' with { type: 'json' };
import type { Language } from '../i18n/i18n.ts';

/** The words of Polaris' own pieces ("Close", "Clear"). */
export function polarisWords(language: Language) {
  return language === 'zh-CN' ? zhCn : en;
}
