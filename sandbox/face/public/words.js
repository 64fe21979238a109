/** The sandbox's own words, English and Simplified Chinese. A missing word is an error that shows its key. */
const WORDS = {
  en: {
    home: 'Home', orders: 'Orders', products: 'Products', customers: 'Customers', apps: 'Apps', search: 'Search orders', menu: 'Menu', admin: 'Admin of the sandbox store',
    language: 'Language', control: 'Sandbox control', storefront: 'Storefront', madeUp: 'Sandbox store. Made up: {list}.', source: 'History: {source}', close: 'Close',
    dismiss: 'Dismiss', unsaved: 'Unsaved changes', save: 'Save', discard: 'Discard', leaveTitle: 'Leave this page?', leaveText: 'What you changed here is not saved.', leave: 'Leave page',
    stay: 'Stay', discardTitle: 'Discard all changes?', discardText: 'What you changed here will be gone.', more: 'More actions', pickTitle: 'Choose products', pickVariants: 'Choose variants',
    add: 'Add', cancel: 'Cancel', searchProducts: 'Search products', searchCustomers: 'Search customers', nothing: 'Nothing found', loading: 'Loading …', failed: 'This could not be loaded: {reason}',
    order: 'Order', date: 'Date', customer: 'Customer', total: 'Total', payment: 'Payment', fulfilment: 'Fulfilment', items: 'Items', title: 'Title', sku: 'SKU', price: 'Price', stock: 'In stock',
    vendor: 'Supplier', email: 'E-mail', spent: 'Spent', guest: 'No customer', previous: 'Previous', next: 'Next', range: '{from}–{to} of {total}', quantity: 'Quantity', left: 'Left', amount: 'Amount',
    fulfil: 'Mark as fulfilled', refundAll: 'Refund all', cancelOrder: 'Cancel order', done: 'Done', back: 'Back', open: 'Open Storebook', homeText: 'This store lives on your machine. It speaks Shopify’s protocols, so that Storebook runs in it as in a real one.',
    appFailed: 'Storebook does not answer at {url}. Is it running?', opening: 'Opening Storebook …', opened: 'opening order', variants: 'variants', notFound: 'There is nothing here.',
    shop: 'Shop', cart: 'Cart', addToCart: 'Add to cart', empty: 'Your cart is empty.', code: 'Discount code', apply: 'Apply', remove: 'Remove', subtotal: 'Subtotal', discount: 'Discount', pay: 'Pay now',
    firstName: 'First name', lastName: 'Last name', marketing: 'Send me news and offers', thanks: 'Thank you! Your order is {name}.', again: 'Shop again', soldOut: 'Out of stock', contact: 'Contact', guestHint: 'Leave the address empty to buy as a guest.',
    deliveries: 'Webhook deliveries', sent: 'Sent', ok: 'Answered', failedCount: 'Failed', pending: 'Waiting', dropped: 'Dropped', player: 'Live traffic', perMinute: 'Orders a minute', set: 'Set', chaos: 'Chaos', duplicate: 'Sent twice (0 to 1)',
    drop: 'Dropped (0 to 1)', shuffle: 'In shuffled order', delay: 'Delay in ms, from and to', playFast: 'Play as fast as possible', seed: 'Seed', play: 'Play', installed: 'Installed', notInstalled: 'Not installed', install: 'Install app', uninstall: 'Uninstall app',
    counts: 'In the store', store: 'Store', result: 'Result', toAdmin: 'Admin', yes: 'yes', no: 'no',
  },
  'zh-CN': {
    home: '首页', orders: '订单', products: '产品', customers: '客户', apps: '应用', search: '搜索订单', menu: '菜单', admin: '沙盒商店后台',
    language: '语言', control: '沙盒控制台', storefront: '店面', madeUp: '沙盒商店。虚构内容：{list}。', source: '历史数据：{source}', close: '关闭',
    dismiss: '忽略', unsaved: '未保存的更改', save: '保存', discard: '放弃', leaveTitle: '离开此页面？', leaveText: '此处的更改尚未保存。', leave: '离开页面',
    stay: '留下', discardTitle: '放弃所有更改？', discardText: '此处的更改将丢失。', more: '更多操作', pickTitle: '选择产品', pickVariants: '选择多属性',
    add: '添加', cancel: '取消', searchProducts: '搜索产品', searchCustomers: '搜索客户', nothing: '没有找到', loading: '加载中……', failed: '无法加载：{reason}',
    order: '订单', date: '日期', customer: '客户', total: '总计', payment: '付款', fulfilment: '发货', items: '商品', title: '标题', sku: 'SKU', price: '价格', stock: '库存',
    vendor: '供应商', email: '邮箱', spent: '消费', guest: '无客户', previous: '上一页', next: '下一页', range: '第 {from}–{to} 条，共 {total} 条', quantity: '数量', left: '剩余', amount: '金额',
    fulfil: '标记为已发货', refundAll: '全部退款', cancelOrder: '取消订单', done: '完成', back: '返回', open: '打开 Storebook', homeText: '此商店运行在您的电脑上。它使用 Shopify 的协议，因此 Storebook 在其中的运行方式与真实商店相同。',
    appFailed: 'Storebook 在 {url} 没有响应。它在运行吗？', opening: '正在打开 Storebook……', opened: '期初订单', variants: '个多属性', notFound: '这里什么都没有。',
    shop: '商店', cart: '购物车', addToCart: '加入购物车', empty: '购物车是空的。', code: '折扣码', apply: '使用', remove: '移除', subtotal: '小计', discount: '折扣', pay: '立即付款',
    firstName: '名字', lastName: '姓氏', marketing: '向我发送新闻和优惠', thanks: '谢谢！您的订单号是 {name}。', again: '继续购物', soldOut: '缺货', contact: '联系方式', guestHint: '留空邮箱即以访客身份购买。',
    deliveries: 'Webhook 投递', sent: '已发送', ok: '已应答', failedCount: '失败', pending: '等待中', dropped: '已丢弃', player: '实时流量', perMinute: '每分钟订单数', set: '设置', chaos: '混乱模式', duplicate: '重复发送（0 到 1）',
    drop: '丢弃（0 到 1）', shuffle: '打乱顺序', delay: '延迟毫秒数（从、到）', playFast: '以最快速度播放', seed: '种子', play: '播放', installed: '已安装', notInstalled: '未安装', install: '安装应用', uninstall: '卸载应用',
    counts: '商店数据', store: '商店', result: '结果', toAdmin: '后台', yes: '是', no: '否',
  },
};

/** What shop.json names as made up, in Chinese; a store of one's own may name other things, which stay as they are. */
const MADE_UP = {
  stock: '库存', 'unit cost': '单位成本', supplier: '供应商', 'supplier lead time': '供应商交货时间', 'product type': '产品类型', names: '姓名',
  'e-mail addresses': '邮箱地址', consents: '营销许可', 'shipping times': '发货时间', 'opening orders': '期初订单',
};

export function madeUpWord(thing) {
  return locale() === 'zh-CN' ? (MADE_UP[thing] ?? thing) : thing;
}

const KEY = 'sandbox:locale';

export const LOCALES = [
  ['en', 'English'],
  ['zh-CN', '简体中文'],
];

export function locale() {
  const kept = localStorage.getItem(KEY);
  if (kept && kept in WORDS) return kept;
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
}

export function setLocale(name) {
  localStorage.setItem(KEY, name);
}

export function word(key, values = {}) {
  const text = WORDS[locale()][key];
  if (text === undefined) throw new Error(`no word for "${key}"`);
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export function money(amount, currency) {
  return new Intl.NumberFormat(locale(), { style: 'currency', currency }).format(Number(amount));
}

export function when(instant, timeZone) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(instant));
}
