import fs from 'node:fs';
import path from 'node:path';
import { Liquid, type Template, type TagToken, type TopLevelToken, Tag } from 'liquidjs';
import { z } from 'zod';
import { escapeHtml } from './pages.ts';

const FOLDER = path.join(import.meta.dirname, '../../extensions/storebook-theme');
const read = (name: string): string => fs.readFileSync(path.join(FOLDER, name), 'utf8');
const words = z.record(z.string(), z.record(z.string(), z.string()));
const schema = z.object({
  stylesheet: z.string(),
  javascript: z.string(),
  settings: z.array(z.object({ id: z.string(), default: z.unknown().optional() })),
});

export const THEME_LOCALES = { en: 'locales/en.default.json', 'zh-CN': 'locales/zh-CN.json' } as const;
export type ThemeLocale = keyof typeof THEME_LOCALES;
/** Of the folder `assets`, by which the block's page asks for them. */
export const themeAsset = (name: string): string | null => (/^[a-z-]+\.(css|js)$/.test(name) ? path.join(FOLDER, 'assets', name) : null);

/** What stands between {% schema %} and its end is data of the theme editor and shows nothing. */
class SchemaTag extends Tag {
  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid) {
    super(token, rest, liquid);
    while (rest.length > 0) if (rest.shift()?.getText().includes('endschema')) return;
    throw new Error('{% schema %} without an end');
  }
  render(): void {}
}

/** What the theme editor reads of the block. */
export function memberSchema(): z.infer<typeof schema> {
  const [, json = '{}'] = /{% schema %}([\s\S]*?){% endschema %}/.exec(read('blocks/member.liquid')) ?? [];
  return schema.parse(JSON.parse(json));
}

/** The block as a theme would render it, between something above and something below. */
export function memberPage(visit: {
  title: string;
  locale: ThemeLocale;
  customerId: string | null;
  settings?: Record<string, unknown>;
}): string {
  const texts = words.parse(JSON.parse(read(THEME_LOCALES[visit.locale])));
  const engine = new Liquid({ outputEscape: undefined });
  engine.registerTag('schema', SchemaTag);
  engine.registerFilter('t', (key: string) => {
    const [group = '', name = ''] = key.split('.');
    const text = texts[group]?.[name];
    if (text === undefined) throw new Error(`the theme extension has no words ${key} in ${visit.locale}`);
    return escapeHtml(text);
  });
  const { stylesheet, javascript, settings } = memberSchema();
  const templates: Template[] = engine.parse(read('blocks/member.liquid'));
  const block: unknown = engine.renderSync(templates, {
    request: { locale: { iso_code: visit.locale } },
    routes: { account_login_url: '/account/login' },
    customer: visit.customerId === null ? null : { id: visit.customerId },
    block: {
      id: 'one',
      shopify_attributes: '',
      settings: { ...Object.fromEntries(settings.map(({ id, default: value }) => [id, value])), ...visit.settings },
    },
  });
  return `<!doctype html>
<html lang="${visit.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(visit.title)}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/sandbox/theme/${stylesheet}"><script src="/sandbox/theme/${javascript}" defer></script></head>
<body style="margin:0;font-family:sans-serif"><main><h1>${escapeHtml(visit.title)}</h1>
${String(block)}
<p id="below">Sandbox</p></main></body></html>
`;
}
