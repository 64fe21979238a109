import type { Platform } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopById } from '../shopify/index.server.ts';
import { shopsWithMail } from './delivery.store.server.ts';
import { sendMailJob, sweepMailJob } from './job-definitions.ts';
import { sendMail } from './send-mail.server.ts';

export { deliveryOutbox } from './unsubscribe.server.ts';
export { sendMailJob } from './job-definitions.ts';
export const deliverySchedules = [{ job: sweepMailJob, cron: '* * * * *' }];

export function deliveryJobs({ platform }: { platform: Platform }): BoundJob[] {
  return [
    bindJob(sendMailJob, async ({ shopId }) => {
      const shop = await shopById(platform, shopId);
      if (!shop) return;
      const { more } = await sendMail(platform, shop);
      if (more === null) return;
      const delaySeconds = Math.max(1, Math.ceil((more.getTime() - platform.clock.now().getTime()) / 1_000));
      await platform.queue.enqueue(sendMailJob, { shopId }, { key: String(shopId), delaySeconds });
    }),
    bindJob(sweepMailJob, async () => {
      for (const shopId of await shopsWithMail(platform.db, platform.clock.now()))
        await platform.queue.enqueue(sendMailJob, { shopId }, { key: String(shopId) });
    }),
  ];
}
