import type { FieldError } from './errors.ts';
import type { Field } from './field.ts';
import type { FormWords } from './words.ts';

/** What every input is given. */
export type FieldProps<F extends Field = Field> = {
  readonly field: F;
  /** Unique in the page: what labels and errors point to. */
  readonly id: string;
  readonly value: unknown;
  readonly errors: readonly FieldError[];
  readonly words: FormWords;
  /** Undefined takes the value away, so that its default counts. */
  readonly onChange: (value: unknown) => void;
};
