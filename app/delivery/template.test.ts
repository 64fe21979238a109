import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMail, templateProblem } from './template.ts';

const FOOTER = { postal: 'Leaf Ltd\n1 Tea Road', unsubscribe: { words: 'Unsubscribe', url: 'https://app.example/unsubscribe?t=a.b&c' } };
const render = (subject: string, body: string, variables = {}) =>
  renderMail({ subject, body }, variables, { locale: 'en', footer: FOOTER });

describe('a template', () => {
  it('is filled, and has words for what is not known', () => {
    const mail = render('{{first_name|Dear friend}}, {{ offer }}', 'Hello {{first_name|there}},\n\nuse {{code}}.', {
      code: 'TEA-1',
      offer: '10% off',
    });
    expect(mail.subject).toBe('Dear friend, 10% off');
    expect(mail.text).toBe(
      'Hello there,\n\nuse TEA-1.\n\n-- \nLeaf Ltd\n1 Tea Road\nUnsubscribe: https://app.example/unsubscribe?t=a.b&c\n',
    );
    expect(mail.html).toContain('<p>Hello there,</p>\n<p>use TEA-1.</p>');
    expect(mail.html).toContain('href="https://app.example/unsubscribe?t=a.b&amp;c"');
  });

  it.each([
    ['Hello {{first_nam}}', { at: 6, found: 'first_nam', meant: 'first_name' }],
    ['{{code}} {{zebra}}', { at: 9, found: 'zebra', meant: null }],
    ['{{}}', { at: 0, found: '', meant: null }],
    ['{{code|none}} {{ shop }} { {code} }', null],
  ])('%s', (text, problem) => {
    expect(templateProblem(text)).toEqual(problem);
  });

  it('makes links of addresses, without the full stop behind them', () => {
    expect(render('', 'See https://tea.example/a?b=1&c=2.').html).toContain(
      '<p>See <a href="https://tea.example/a?b=1&amp;c=2">https://tea.example/a?b=1&amp;c=2</a>.</p>',
    );
  });

  it('lets nothing that a name contains become HTML, a header or a placeholder', () => {
    const nasty = fc.array(
      fc.constantFrom(
        '<script>',
        '"',
        "'",
        '&',
        '\r\n',
        '\n',
        '\u2028',
        'Bcc: a@b.example',
        '{{code}}',
        'http://x.example',
        'Ada',
        '\0',
        '>',
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(nasty, (parts) => {
        const name = parts.join('');
        const mail = render('Hi {{first_name}}', 'Hi {{first_name}}!', { first_name: name, code: 'SECRET' });
        expect(mail.subject).not.toMatch(/[\r\n\0\u2028]/);
        expect(mail.text.split('\n-- \n')[0]).toBe(`${mail.text.split('\n')[0]}\n`);
        expect(mail.html).not.toContain('<script>');
        expect(mail.html + mail.text + mail.subject).not.toContain('SECRET');
      }),
    );
  });
});
