import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { CheckIcon, CopyIcon, EyeIcon, HiddenIcon } from '../icons/index.ts';
import { copyText } from './clipboard.ts';

const TOLD_MS = 1600;

/** A value to paste elsewhere. A secret one shows dots until revealed, and can be copied without that. */
export function CopyField(props: {
  readonly label: string;
  readonly value: string;
  readonly isSecret?: boolean;
}): VNode {
  const id = useId();
  const isRevealed = useSignal(!props.isSecret);
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
            aria-label={`${isRevealed.value ? 'Hide' : 'Show'}: ${props.label}`}
            title={isRevealed.value ? 'Hide' : 'Show'}
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

function CopyButton({ label, value }: { readonly label: string; readonly value: string }): VNode {
  const outcome = useSignal<'copied' | 'failed' | undefined>(undefined);
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
        aria-label={`Copy: ${label}`}
        title="Copy"
        onClick={() => void copy()}
      >
        {outcome.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
      </button>
      <span class="unseen" role="status">
        {outcome.value === 'copied' && 'Copied'}
        {outcome.value === 'failed' && 'The browser didn’t let this page copy'}
      </span>
    </>
  );
}
