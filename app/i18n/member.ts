import type { Shape } from './shape.ts';

/** The words in which a customer is told of points and tier, in the storefront and the customer account. */
export const memberEn = {
  earns: {
    spend_one: '1 point for each {{per}} spent',
    spend: '{{count, number}} points for each {{per}} spent',
    signUp: 'Points for signing up: {{count, number}}',
    firstOrder: 'Points for the first order: {{count, number}}',
  },
  lapse_one: '1 point lapses on {{day}}',
  lapse: '{{count, number}} points lapse on {{day}}',
  missing: '{{amount}} to {{tier}}',
  causes: {
    order: 'Order',
    orderNamed: 'Order {{name}}',
    available: 'Points became available',
    refund: 'Order refunded',
    cancel: 'Order cancelled',
    expiry: 'Points lapsed',
    forgiven: 'Balance set right',
    'first-order': 'First order',
    'sign-up': 'Welcome',
    adjust: 'Changed by the shop',
    redeem: 'Reward',
    back: 'Reward given back',
    correction: 'Correction',
  },
};

export const memberZh: Shape<typeof memberEn> = {
  earns: {
    spend: '每消费 {{per}} 得 {{count, number}} 积分',
    signUp: '注册得 {{count, number}} 积分',
    firstOrder: '首个订单得 {{count, number}} 积分',
  },
  lapse: '{{count, number}} 积分将于 {{day}} 过期',
  missing: '距 {{tier}} 还差 {{amount}}',
  causes: {
    order: '订单',
    orderNamed: '订单 {{name}}',
    available: '积分已生效',
    refund: '订单退款',
    cancel: '订单取消',
    expiry: '积分过期',
    forgiven: '余额调整',
    'first-order': '首个订单',
    'sign-up': '欢迎加入',
    adjust: '店铺调整',
    redeem: '兑换奖励',
    back: '奖励退还',
    correction: '更正',
  },
};
