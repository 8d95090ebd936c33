import { signal } from '@preact/signals';
import { fields, list, text } from '../answers/answer-fields.ts';

/** `GET /api/v1/me`: who uses the console, and what they may. */
export type Me = {
  readonly name: string;
  /** Their role wants a second factor that they have not set up; until then they may little. */
  readonly mustEnrol: boolean;
  readonly actions: ReadonlySet<string>;
};

export const me = signal<Me | undefined>(undefined);

export function readMe(answer: unknown): Me {
  const { name, mustEnrol, actions } = fields(answer);
  return {
    name: text(name) ?? '',
    mustEnrol: mustEnrol === true,
    actions: new Set(list(actions).filter((action) => typeof action === 'string')),
  };
}

/** Whether a page or a button is any use to who is signed in. The server decides again, by resource. */
export function may(action: string): boolean {
  return me.value?.actions.has(action) ?? false;
}
