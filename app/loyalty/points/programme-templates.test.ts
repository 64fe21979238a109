import { expect, it } from 'vitest';
import { rulesOf, typedOf } from './programme-form.ts';
import { fromTemplate, TEMPLATES } from './programme-templates.ts';

it.each(TEMPLATES)('the template %s is a programme without a fault, and can be saved as it is', (template) => {
  const shop = { currency: 'EUR', timezone: 'Europe/Berlin' };
  const { rules, problems } = rulesOf(fromTemplate(template, typedOf(null, shop), '1.00'), shop);
  expect(problems).toEqual({});
  expect(rules.earn.per).toBe(100n);
  expect(rules.expiry.kind).not.toBe('never');
});
