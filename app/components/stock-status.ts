export const STATUS_TONES = {
  out: 'critical',
  late: 'critical',
  soon: 'warning',
  ok: 'success',
  idle: undefined,
  untracked: undefined,
} as const;
export type ShownStatus = keyof typeof STATUS_TONES;

const isStatus = (text: string): text is ShownStatus => text in STATUS_TONES;

/** A status by its stored name; what is unknown is shown as not tracked. */
export function statusOf(text: string | null): ShownStatus {
  return text !== null && isStatus(text) ? text : 'untracked';
}
