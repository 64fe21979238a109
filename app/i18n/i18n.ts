import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en, type Words } from './en.ts';
import { zhCn } from './zh-cn.ts';

export type Language = 'en' | 'zh-CN';
export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh-CN', name: '简体中文' },
];
export const WORDS: Readonly<Record<Language, Words>> = { en, 'zh-CN': zhCn };

/** The language nearest to what the admin or the browser asks for: Chinese of any kind, else English. */
export function languageOf(...wishes: (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    if (!wish) continue;
    if (/^zh/i.test(wish)) return 'zh-CN';
    if (/^en/i.test(wish)) return 'en';
  }
  return 'en';
}

/** An instance of its own for each request and each page: nobody's language leaks into another's. */
export function createI18n(language: Language): i18n {
  const instance = createInstance();
  void instance.use(initReactI18next).init({
    showSupportNotice: false,
    lng: language,
    fallbackLng: 'en',
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: en }, 'zh-CN': { translation: zhCn } },
  });
  return instance;
}
