import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Action } from './action.ts';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './notes.tsx';

/** Asks for something in a dialog, and does it when the form is sent; says above the fields why it was not done. */
export function FormDialog(props: {
  readonly title: string;
  readonly submit: string;
  readonly action: Action<[]>;
  readonly isDisabled?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): VNode {
  const form = useId();
  const { action } = props;
  const isBusy = action.isBusy.value;
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      footer={
        <button type="submit" form={form} aria-busy={isBusy} disabled={props.isDisabled === true || isBusy}>
          {props.submit}
        </button>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <ProblemNote problem={action.problem.value} />
        {props.children}
      </form>
    </Dialog>
  );
}
