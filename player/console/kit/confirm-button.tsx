import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { type ApiAnswer, problemIn } from './api.ts';
import { ConfirmDialog } from './dialog.tsx';

/** A button that asks before it does what cannot be taken back; where it could not be done, the question stays with why. */
export function ConfirmButton(props: {
  /** What the button says, or shows; also what the dialog's button says, without `confirm`. */
  readonly label: string;
  readonly icon?: VNode;
  /** Read out in place of the label, where many of a kind stand below each other. */
  readonly about?: string;
  readonly class?: string;
  readonly title: string;
  readonly keep?: string;
  readonly act: () => Promise<ApiAnswer>;
  readonly onDone: (answer: unknown) => void;
  /** What it means to do it. */
  readonly children: ComponentChildren;
}): VNode {
  const isAsked = useSignal(false);
  const confirm = async () => {
    const answer = await props.act();
    if ('value' in answer) props.onDone(answer.value);
    return problemIn(answer);
  };
  return (
    <>
      <button
        type="button"
        class={props.class ?? 'outline danger-outline'}
        aria-label={props.about}
        onClick={() => (isAsked.value = true)}
      >
        {props.icon ?? props.label}
      </button>
      {isAsked.value && (
        <ConfirmDialog
          title={props.title}
          confirm={props.label}
          {...(props.keep !== undefined && { keep: props.keep })}
          isDangerous
          onConfirm={confirm}
          onClose={() => (isAsked.value = false)}
        >
          {props.children}
        </ConfirmDialog>
      )}
    </>
  );
}
