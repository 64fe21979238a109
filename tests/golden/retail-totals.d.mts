export type MonthTotals = { month: string; gross: number; returns: number; net: number };
/** Money in pennies. */
export type RetailTotals = {
  gross: number;
  returns: number;
  net: number;
  customers: number;
  saleInvoices: number;
  returnInvoices: number;
  /** First and last day with an invoice. */
  from: string;
  to: string;
  byMonth: MonthTotals[];
};
export function retailTotals(file: string, shiftDays?: number): RetailTotals;
