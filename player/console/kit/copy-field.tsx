import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { CheckIcon, CopyIcon, EyeIcon, HiddenIcon } from '../../icons/index.ts';
import { copyText } from './clipboard.ts';
import { kitWords } from './words.ts';

const TOLD_MS = 1600;

/** A value to paste elsewhere. A secret one shows dots until revealed, and can be copied without that. */
export function CopyField(props: {
  readonly label: string;
  readonly value: string;
  readonly isSecret?: boolean;
}): VNode {
  const id = useId();
  const isRevealed = useSignal(!props.isSecret);
  const words = kitWords();
  const turn = isRevealed.value ? words.hide : words.show;
  return (
    <div class="copy-field">
      <label for={id}>{props.label}</label>
      <div class="copy-row">
        <input
          id={id}
          readOnly
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={isRevealed.value ? props.value : '•'.repeat(Math.min(24, props.value.length))}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        {props.isSecret && (
          <button
            type="button"
            class="outline secondary square"
            aria-pressed={isRevealed.value}
            aria-label={`${turn}: ${props.label}`}
            title={turn}
            onClick={() => {
              isRevealed.value = !isRevealed.value;
            }}
          >
            {isRevealed.value ? <HiddenIcon /> : <EyeIcon />}
          </button>
        )}
        <CopyButton label={props.label} value={props.value} />
      </div>
    </div>
  );
}

/** Copies a value without showing it. */
export function CopyButton({ label, value }: { readonly label: string; readonly value: string }): VNode {
  const outcome = useSignal<'copied' | 'failed' | undefined>(undefined);
  const words = kitWords();
  const copy = async () => {
    outcome.value = (await copyText(value)) ? 'copied' : 'failed';
    window.setTimeout(() => {
      outcome.value = undefined;
    }, TOLD_MS);
  };
  return (
    <>
      <button
        type="button"
        class="outline square"
        aria-label={`${words.copy}: ${label}`}
        title={words.copy}
        onClick={() => void copy()}
      >
        {outcome.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
      </button>
      <span class="unseen" role="status">
        {outcome.value === 'copied' && words.copied}
        {outcome.value === 'failed' && words.copyFailed}
      </span>
    </>
  );
}
