/** The key of what tells a customer of a campaign's code, once; a code in place of another is told of by itself. */
export const messageKey = (
  campaignId: number,
  { customerId, code, replaces }: { readonly customerId: bigint; readonly code: string; readonly replaces: string | null },
): string => (replaces === null ? `${campaignId}/${customerId}` : `${campaignId}/${customerId}/${code}`);
