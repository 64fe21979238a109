import type { Shape } from './shape.ts';

/** The words of the tiers' discount at the checkout. */
export const tierDiscountEn = {
  title: 'Tiers at the checkout',
  text: 'A customer who is logged in gets what their tier gives – a percentage, free shipping – without a code. Gift cards are always left out.',
  on: 'Give it at the checkout',
  tags: 'Leave out products with these tags',
  tagsHelp: 'Between commas.',
  collections: 'Leave out products of these collections',
  numbersHelp: 'Their numbers, between commas: the last part of the address in Shopify’s admin.',
  products: 'Leave out these products',
  combines: 'Other discounts may stand beside it',
  holdersOnly: 'Refuse personal codes to anybody but their holder',
  holdersOnlyHelp: 'For codes made from now on. The holder has to be logged in at the checkout.',
  saved: 'Saved. The store is told at once.',
  states: {
    off: 'Not given.',
    waiting: 'The store is being told.',
    on: 'Given at the checkout.',
    refused: 'The store refused it; the reason stands below, among the messages given up.',
  },
  error: {
    tags: 'Up to 100 tags of at most 255 letters each.',
    numbers: 'Up to 100 numbers.',
    large: 'That is too much for one discount: leave out some by tag or collection instead.',
  },
};

export const tierDiscountZh: Shape<typeof tierDiscountEn> = {
  title: '结账时的会员等级权益',
  text: '已登录的客户无需优惠码即可享受其等级的权益（百分比折扣、免运费）。礼品卡始终除外。',
  on: '在结账时提供',
  tags: '排除带有这些标签的商品',
  tagsHelp: '用逗号分隔。',
  collections: '排除这些系列中的商品',
  numbersHelp: '填写编号，用逗号分隔：即 Shopify 后台网址的最后一段。',
  products: '排除这些商品',
  combines: '可与其他折扣同时使用',
  holdersOnly: '个人优惠码仅限持有人使用',
  holdersOnlyHelp: '适用于今后生成的优惠码。持有人结账时须登录。',
  saved: '已保存，将立即通知店铺。',
  states: {
    off: '未提供。',
    waiting: '正在通知店铺。',
    on: '结账时提供中。',
    refused: '店铺拒绝了该设置；原因见下方未送达的消息。',
  },
  error: {
    tags: '最多 100 个标签，每个不超过 255 个字符。',
    numbers: '最多 100 个编号。',
    large: '内容过多，一个折扣容纳不下：请改用标签或系列排除。',
  },
};
