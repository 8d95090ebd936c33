import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { fields, list } from '../../answers/answer-fields.ts';
import { post } from '../../kit/index.ts';
import type { ObjectKind } from './kinds.ts';
import { objectWords } from './words.ts';

const SETTLE_MS = 600;

type Verdict = { readonly errors: readonly string[]; readonly touches: readonly string[] };

/** What the server says of the object while it is edited: errors, and the live streams that it would touch. */
export function CheckNote({ kind, value }: { readonly kind: ObjectKind; readonly value: Signal<unknown> }): VNode {
  const words = objectWords();
  const verdict = useSignal<Verdict | undefined>(undefined);
  const object = value.value;
  useEffect(() => {
    let isOld = false;
    const timer = window.setTimeout(async () => {
      const answer = await post('/rules/check', { kind: kind.list, object });
      if (!isOld) verdict.value = 'value' in answer ? readVerdict(answer.value) : undefined;
    }, SETTLE_MS);
    return () => {
      isOld = true;
      window.clearTimeout(timer);
    };
  }, [kind, object]);
  if (!verdict.value) return <p class="check-note hint" role="status" />;
  const { errors, touches } = verdict.value;
  return (
    <div class={`check-note ${errors.length > 0 ? 'is-wrong' : ''}`} role="status">
      {errors.length === 0 ? <p>{words.checked}</p> : null}
      {errors.length > 0 && (
        <ul>
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
      <p>{words.touches(touches.length)}</p>
      {touches.length > 0 && <p class="touched">{touches.slice(0, 12).join(', ')}</p>}
    </div>
  );
}

function readVerdict(answer: unknown): Verdict {
  const { errors, touches } = fields(answer);
  return {
    errors: list(errors).map((error) => {
      const { path, message } = fields(error);
      return `${path ? `${path}: ` : ''}${message}`;
    }),
    touches: list(touches).map((each) => {
      const { domain, app, stream } = fields(each);
      return `${domain}/${app}/${stream}`;
    }),
  };
}
