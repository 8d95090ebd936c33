/** One field that is wrong, by its place: `limits.viewers`. */
export type FieldError = { readonly path: string; readonly message: string };

/** An operation that was not done: why, for programs and people, and what to do next. */
export class OperationError extends Error {
  /** As HTTP has it: 400, 404, 409, 412, 503. */
  readonly status: number;
  readonly code: string;
  readonly remedy: string;
  readonly errors: readonly FieldError[];

  constructor(status: number, code: string, message: string, remedy: string, errors: readonly FieldError[] = []) {
    super(message);
    this.name = 'OperationError';
    this.status = status;
    this.code = code;
    this.remedy = remedy;
    this.errors = errors;
  }
}

export const notFound = (code: string, message: string, remedy: string) =>
  new OperationError(404, code, message, remedy);
