import type { ProgrammeForm } from './programme-form.ts';

/** Shops by how often customers come back. */
export const TEMPLATES = ['often', 'seasons', 'rarely'] as const;
export type Template = (typeof TEMPLATES)[number];

/**
 * What a kind of shop may begin with. `often`: what is used up and bought again (tea, care, food): small rewards soon, points
 * that lapse after half a year of silence. `seasons`: fashion: points wait out a month of returns, sale goods earn none.
 * `rarely`: furniture, machines: a rate for large amounts, points that last for years.
 * @param unit one of the shop's currency, as it is typed.
 */
export function fromTemplate(template: Template, typed: ProgrammeForm, unit: string): ProgrammeForm {
  const common = {
    ...typed,
    per: unit,
    points: '1',
    rounding: 'down',
    discounts: 'after',
    tax: false,
    shipping: false,
    belowZero: false,
  } as const;
  switch (template) {
    case 'often':
      return {
        ...common,
        after: 'fulfilment',
        days: '14',
        expiry: 'activity',
        months: '6',
        signUp: '50',
        firstOrder: '50',
        goods: [],
        events: [{ kind: 'review', points: '25', mostAMonth: '2' }],
      };
    case 'seasons':
      return {
        ...common,
        after: 'fulfilment',
        days: '30',
        expiry: 'activity',
        months: '12',
        signUp: '100',
        firstOrder: '',
        goods: [{ kind: 'tags', names: 'sale', times: '0' }],
        events: [{ kind: 'review', points: '50', mostAMonth: '1' }],
      };
    case 'rarely':
      return {
        ...common,
        points: '10',
        after: 'fulfilment',
        days: '30',
        expiry: 'age',
        months: '36',
        signUp: '',
        firstOrder: '500',
        goods: [],
        events: [{ kind: 'review', points: '200', mostAMonth: '1' }],
      };
  }
}
