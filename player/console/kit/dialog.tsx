import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { CloseIcon } from '../../icons/index.ts';
import type { ApiProblem } from './api.ts';
import { ProblemNote } from './notes.tsx';
import { kitWords } from './words.ts';

/** Over the page until it is closed; Escape closes it, and the focus goes back to where it was. */
export function Dialog(props: {
  readonly title: ComponentChildren;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  readonly footer?: ComponentChildren;
  readonly children: ComponentChildren;
}): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class={props.isWide ? 'is-wide' : undefined} aria-labelledby={id} onClose={props.onClose}>
      <article>
        <header>
          <h2 id={id}>{props.title}</h2>
          <button
            type="button"
            class="plain square"
            aria-label={kitWords().close}
            title={kitWords().close}
            onClick={() => dialog.current?.close()}
          >
            <CloseIcon />
          </button>
        </header>
        {props.children}
        {props.footer && <footer>{props.footer}</footer>}
      </article>
    </dialog>
  );
}

/** Asks before something is done; stays open, with the reason, where it could not be. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly confirm: string;
  /** What the other button says; “Cancel” where it is left out. */
  readonly keep?: string;
  readonly isDangerous?: boolean;
  readonly onConfirm: () => Promise<ApiProblem | undefined>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}): VNode {
  const isBusy = useSignal(false);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const confirm = async () => {
    isBusy.value = true;
    problem.value = await props.onConfirm();
    isBusy.value = false;
    if (!problem.value) props.onClose();
  };
  const footer = (
    <>
      <button type="button" class="outline secondary" onClick={props.onClose}>
        {props.keep ?? kitWords().cancel}
      </button>
      <button
        type="button"
        class={props.isDangerous ? 'danger' : undefined}
        aria-busy={isBusy.value}
        disabled={isBusy.value}
        onClick={() => void confirm()}
      >
        {props.confirm}
      </button>
    </>
  );
  return (
    <Dialog title={props.title} onClose={props.onClose} footer={footer}>
      {props.children}
      <ProblemNote problem={problem.value} />
    </Dialog>
  );
}
