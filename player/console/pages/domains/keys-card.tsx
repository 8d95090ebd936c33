import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, oneOf, text } from '../../answers/answer-fields.ts';
import { ActionButton, announce, Card, CopyField, may, ProblemNote, pathOf, post, useAction } from '../../kit/index.ts';
import type { BesideProps } from '../rule-objects/edit-page.tsx';
import { signUrls } from './sign-urls.ts';
import { domainWords } from './words.ts';

type Kind = 'push' | 'play';
type Rotated = { readonly step: 'add-backup' | 'promote'; readonly main: string; readonly backup: string };

/** New keys for a domain, a step at a time. */
export function KeysCard({ id, object, onReload }: BesideProps): VNode | null {
  const words = domainWords();
  if (!may('rules:write')) return null;
  return (
    <Card title={words.keys}>
      <p class="hint">{words.keysHint}</p>
      <div class="stack">
        {(['push', 'play'] as const).map((kind) =>
          isSigned(object, kind) ? (
            <Rotation key={kind} domain={id} kind={kind} />
          ) : (
            <Beginning key={kind} domain={id} kind={kind} onDone={onReload} />
          ),
        )}
      </div>
    </Card>
  );
}

/** The first key of URLs that need none yet. */
function Beginning(props: {
  readonly domain: string;
  readonly kind: Kind;
  readonly onDone: () => Promise<void>;
}): VNode {
  const words = domainWords();
  const begin = useAction(
    () => signUrls(props.domain, props.kind, words.begin(words.kinds[props.kind])),
    () => {
      announce(words.asked);
      void props.onDone();
    },
  );
  return (
    <div>
      <ProblemNote problem={begin.problem.value} />
      <p>{words.unsigned(words.kinds[props.kind])}</p>
      <ActionButton action={begin} class="outline">
        {words.begin(words.kinds[props.kind])}
      </ActionButton>
    </div>
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
