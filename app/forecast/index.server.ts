/** The forecast's front door. */
export {
  allInventory,
  listInventory,
  saveLeadTime,
  saveVariantLeadTime,
  shopLeadTime,
  stockStatus,
  variantPage,
  type InventoryPage,
} from './inventory-pages.server.ts';
export { endPlan, planDemand, type NewPlan } from './demand-plans.store.server.ts';
export { overstock, OVERSTOCK_DAYS, runningOut, type RunningOut } from './stock-check.server.ts';
export { refreshAll, refreshDirty } from './refresh-forecasts.server.ts';
export type { InventoryRow, InventorySort, Overstock } from './forecast.store.server.ts';
