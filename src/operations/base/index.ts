export {
  Accepted,
  type Audited,
  type Call,
  type Described,
  type Gather,
  type Method,
  type Operation,
  operation,
  type Said,
  type Shown,
} from './operation.ts';
export { type FieldError, notFound, OperationError } from './operation-error.ts';
export { cursorOf, keyOfCursor, nextCursor, pageOf, pageQuery } from './page.ts';
export { taken } from './taken.ts';
