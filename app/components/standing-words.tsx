import { useTranslation } from 'react-i18next';
import { useShop } from './shop-context.tsx';

export const STANDING_TONES = { active: 'success', paused: 'warning', ended: undefined } as const;

type ShownTrigger = { readonly kind: string; readonly days?: number; readonly hours?: number; readonly percent?: number };

/** A trigger in words, with its number where it has one. */
export function useStandingWords() {
  const { t } = useTranslation();
  const shop = useShop();
  return {
    trigger({ kind, days, hours, percent }: ShownTrigger): string {
      const trigger = t(`standing.triggers.${kind}`);
      const number = days ?? hours ?? percent;
      if (number === undefined) return trigger;
      return t('standing.numberOf', { trigger, number: `${t(`standing.numbers.${kind}`)}: ${shop.number(number)}` });
    },
  };
}
