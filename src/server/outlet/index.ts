export { outletOf } from './straight-outlet.ts';
