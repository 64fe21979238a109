import type { Shape } from './shape.ts';

/** The words of offers handed over: to Shopify Flow, and to extensions on the storefront. */
export const handOverEn = {
  flow: 'To Shopify Flow, for your own workflows',
  flowText:
    'For each customer with a code the trigger “Offer made” of Storebook is set off once, from the start of the campaign on and not in quiet hours. Whether the customer has agreed to be written to is not checked here: your workflow decides what it does with the code.',
  handed: 'Shopify Flow',
  sent: 'Handed over: {{count}}',
  waiting: 'Waits: {{count}}',
  refused: 'Refused: {{count}}',
  unclear: 'Not known: {{count}}',
  nothing: 'nothing handed over yet',
  lookUp: 'See what was given up',
  onSite: 'Offers on the storefront',
  onSiteText:
    'The offers that work now stand in a metafield of each customer (at most five), for the app’s own extensions to show. Nobody sees them before an extension is placed. Switched off, they are taken away.',
  onSiteLabel: 'Keep customers’ offers in their metafield',
  onSiteSaved: 'Saved. Customers’ metafields follow within minutes.',
};

export const handOverZh: Shape<typeof handOverEn> = {
  flow: '交给 Shopify Flow，由您自己的工作流处理',
  flowText:
    '自活动开始起（免打扰时段除外），为每位获得优惠码的客户触发一次 Storebook 的“Offer made”触发器。此处不检查客户是否同意接收信息：如何使用优惠码由您的工作流决定。',
  handed: 'Shopify Flow',
  sent: '已交付：{{count}}',
  waiting: '等待中：{{count}}',
  refused: '被拒绝：{{count}}',
  unclear: '未知：{{count}}',
  nothing: '尚未交付',
  lookUp: '查看已放弃的消息',
  onSite: '店铺页面上的优惠',
  onSiteText: '当前有效的优惠（最多五个）保存在每位客户的元字段中，供本应用的扩展显示。在放置扩展之前没有人会看到。关闭后将被移除。',
  onSiteLabel: '在客户元字段中保存其优惠',
  onSiteSaved: '已保存。客户元字段将在几分钟内更新。',
};
