import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, oneOf, text } from '../../answers/answer-fields.ts';
import { ActionButton, Card, CopyField, may, ProblemNote, pathOf, post, useAction } from '../../kit/index.ts';
import { domainWords } from './words.ts';

type Kind = 'push' | 'play';
type Rotated = { readonly step: 'add-backup' | 'promote'; readonly main: string; readonly backup: string };

/** New keys for a domain, a step at a time. */
export function KeysCard({ id, object }: { readonly id: string; readonly object: unknown }): VNode | null {
  const words = domainWords();
  if (!may('rules:write')) return null;
  const signed = (['push', 'play'] as const).filter((kind) => isSigned(object, kind));
  if (signed.length === 0) return null;
  return (
    <Card title={words.keys}>
      <p class="hint">{words.keysHint}</p>
      {signed.map((kind) => (
        <Rotation key={kind} domain={id} kind={kind} />
      ))}
    </Card>
  );
}

function Rotation({ domain, kind }: { readonly domain: string; readonly kind: Kind }): VNode {
  const words = domainWords();
  const rotated = useSignal<Rotated | undefined>(undefined);
  const rotate = useAction(
    () => post(`/domains${pathOf(domain)}/keys/rotate`, { kind }),
    (answer) => {
      const { step, main, backup } = fields(answer);
      const taken = oneOf(step, ['add-backup', 'promote'] as const);
      if (taken) rotated.value = { step: taken, main: text(main) ?? '', backup: text(backup) ?? '' };
    },
  );
  return (
    <div>
      <ProblemNote problem={rotate.problem.value} />
      <ActionButton action={rotate} class="outline">
        {words.next(words.kinds[kind])}
      </ActionButton>
      {rotated.value && (
        <div role="status">
          <p>{words.steps[rotated.value.step]}</p>
          {rotated.value.main && <CopyField label={words.main} value={rotated.value.main} isSecret />}
          {rotated.value.backup && <CopyField label={words.backup} value={rotated.value.backup} isSecret />}
        </div>
      )}
    </div>
  );
}

function isSigned(object: unknown, kind: Kind): boolean {
  const { type } = fields(fields(fields(object)[kind]).auth);
  return type !== undefined && type !== 'no_auth';
}
