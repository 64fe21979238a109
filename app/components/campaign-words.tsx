import { Badge } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import { useShop } from './shop-context.tsx';

const TONES = {
  creating: 'info',
  scheduled: 'attention',
  active: 'success',
  paused: 'warning',
  ended: undefined,
  failed: 'critical',
} as const;

export function CampaignBadge({ status }: { status: keyof typeof TONES }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[status]}>{t(`campaigns.statuses.${status}`)}</Badge>;
}

export type ShownOffer = {
  value:
    | { kind: 'percent'; percent: number }
    | { kind: 'amount'; amount: string }
    | { kind: 'shipping'; upTo: string | null }
    | { kind: 'gets'; buys: number; gets: number; percent: number };
  minimum: string | null;
  pieces: number | null;
};

export type ShownBudget = { kind: 'uses'; most: number } | { kind: 'money'; most: string };

export type ShownRule = {
  key: string;
  days?: number;
  least?: string | null;
  most?: string | null;
  tierIds?: readonly number[];
  query?: string;
};

/** An offer, its audience and its dates in words. */
export function useCampaignWords() {
  const { t } = useTranslation();
  const shop = useShop();
  const money = (minor: string): string => shop.money(BigInt(minor));
  const valueOf = ({ value }: ShownOffer): string => {
    switch (value.kind) {
      case 'percent':
        return t('campaigns.offerPercent', { percent: `${shop.number(value.percent)}%` });
      case 'amount':
        return t('campaigns.offerAmount', { amount: money(value.amount) });
      case 'shipping':
        return value.upTo === null ? t('offers.saidShipping') : t('offers.saidShippingUpTo', { upTo: money(value.upTo) });
      case 'gets': {
        const { buys, gets, percent } = value;
        return t(percent === 100 ? 'offers.saidGetsFree' : 'offers.saidGets', { buys, gets, percent: `${shop.number(percent)}%` });
      }
    }
  };
  return {
    offer(said: ShownOffer): string {
      const { minimum, pieces } = said;
      const offer = valueOf(said);
      if (pieces !== null) return t('offers.saidPieces', { offer, count: pieces });
      return minimum === null ? offer : t('campaigns.offerMinimum', { offer, minimum: shop.money(BigInt(minimum)) });
    },
    /** The offers of a campaign's arms, with their letters where there are several. */
    offers(arms: readonly { position: number; offer: ShownOffer | null }[]): string {
      const offered = arms.flatMap(({ position, offer }) => (offer ? [{ position, words: this.offer(offer) }] : []));
      if (offered.length === 1) return offered[0]?.words ?? '';
      return offered.map(({ position, words }) => `${armLetter(position)}: ${words}`).join(' · ');
    },
    /** Who gets a code; every rule must hold. */
    audience(rules: readonly ShownRule[], tiers: readonly { id: number; name: string }[]): string {
      if (rules.length === 0) return t('campaigns.rule.everybody');
      const said = rules.map(({ key, days, least, most, tierIds, query }) =>
        t(key, {
          days,
          query: query ?? '',
          least: least ? shop.money(BigInt(least)) : '',
          most: most ? shop.money(BigInt(most)) : '',
          tiers: (tierIds ?? []).map((id) => tiers.find((tier) => tier.id === id)?.name ?? `#${id}`).join(', '),
        }),
      );
      return said.join(' · ');
    },
    /** What the campaign may cost and so how many codes there are at most; null without a limit. */
    budget({ budget, mostCodes }: { budget: ShownBudget | null; mostCodes: number | null }): string | null {
      if (!budget || mostCodes === null) return null;
      const most = budget.kind === 'uses' ? t('offers.usesOf', { count: budget.most }) : money(budget.most);
      return t('offers.bears', { budget: most, codes: shop.number(mostCodes) });
    },
    dates({ startsAt, endsAt }: { startsAt: Date; endsAt: Date | null }): string {
      if (!endsAt) return t('campaigns.open', { from: shop.date(startsAt) });
      // The end is the first instant after the last day.
      return t('campaigns.period', { from: shop.date(startsAt), to: shop.date(new Date(endsAt.getTime() - 1)) });
    },
  };
}
