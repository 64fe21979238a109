export { cartLinesDiscountsGenerateRun } from './cart-lines.ts';
export { cartDeliveryOptionsDiscountsGenerateRun } from './cart-delivery.ts';
