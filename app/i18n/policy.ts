import type { Shape } from './shape.ts';

/** The words of campaigns whose arms the program chooses. */
export const policyEn = {
  learns: 'Let the program choose who gets which offer, or none',
  learnsHelp:
    'It learns from the margin of the customers of earlier runs; one in ten is always left to chance, and the hold-out stays. It needs the days that a code works before it learns anything.',
  title: 'What the program earned',
  text: 'Margin a customer in the {{days}} days after, from {{seen}} customers whose days are over. Each counts by the inverse of the chance with which they got their offer.',
  policy: 'If customers got',
  policies: 'Ways to choose',
  names: {
    program: 'what the program chose',
    personal: 'each the offer, or none, of which most is expected',
    equal: 'each offer, or none, alike',
    none: 'nothing',
    offer: 'offer {{letter}}, all of them',
  },
  earned: 'Margin a customer',
  range: '{{value}} ({{low}} to {{high}})',
  short: 'not enough data yet',
  beside: 'Offer {{letter}} beside none',
  run: 'Run',
  runs: 'Runs',
  shares: 'Who got what',
};

export const policyZh: Shape<typeof policyEn> = {
  learns: '由程序决定谁获得哪个优惠，或不获得',
  learnsHelp: '程序从以往各次运行客户的利润中学习；始终有十分之一随机分配，对照组保持不变。优惠码有效期结束后才能开始学习。',
  title: '程序带来的收益',
  text: '之后 {{days}} 天内每位客户的利润，来自期限已满的 {{seen}} 位客户。每位客户按获得其优惠的概率的倒数计入。',
  policy: '如果客户获得',
  policies: '分配方式',
  names: {
    program: '程序所选',
    personal: '各自预期收益最高的优惠（或无优惠）',
    equal: '各优惠与无优惠均等',
    none: '无优惠',
    offer: '全部为优惠 {{letter}}',
  },
  earned: '每位客户利润',
  range: '{{value}}（{{low}} 至 {{high}}）',
  short: '数据尚不足',
  beside: '优惠 {{letter}} 相比无优惠',
  run: '运行',
  runs: '运行',
  shares: '分配情况',
};
