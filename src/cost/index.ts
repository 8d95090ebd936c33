export { type Bill, type BillLine, billOf, type Quantity } from './bill.ts';
export { type Billed, Costs } from './costs.ts';
export { type Plan, plannedQuantities } from './estimate.ts';
export { type CostItem, PriceList } from './price-list.ts';
export { type BudgetState, periodOf, Spending } from './spending.ts';
