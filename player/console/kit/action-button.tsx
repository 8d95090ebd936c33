import type { ComponentChildren, VNode } from 'preact';
import type { Action } from './action.ts';

/** A button that does an action, and shows that it is under way. */
export function ActionButton(props: {
  readonly action: Action<[]>;
  readonly class?: string;
  readonly isDisabled?: boolean;
  readonly children: ComponentChildren;
}): VNode {
  const { action } = props;
  return (
    <button
      type="button"
      class={props.class}
      aria-busy={action.isBusy.value}
      disabled={props.isDisabled === true || action.isBusy.value}
      onClick={() => void action.run()}
    >
      {props.children}
    </button>
  );
}
