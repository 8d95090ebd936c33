import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list } from '../../answers/answer-fields.ts';
import { ask, Card, Facts, language, PageHead, ProblemNote, queryOf, TextField, useAction } from '../../kit/index.ts';
import { chineseFieldWords, fieldWords } from '../../schema-form/index.ts';
import { ruleWords } from './words.ts';

type Effective = {
  readonly rules: readonly string[];
  readonly callbacks: readonly string[];
  readonly streamKeys: readonly string[];
  readonly settings: readonly (readonly [group: string, fields: readonly (readonly [name: string, value: string])[]])[];
};

/** What the rules come to for one stream. */
export function Page(): VNode {
  const words = ruleWords();
  const domain = useSignal('default');
  const app = useSignal('live');
  const stream = useSignal('demo');
  const found = useSignal<Effective | undefined>(undefined);
  const show = useAction(
    () => ask(`/rules/effective${queryOf({ domain: domain.value, app: app.value, stream: stream.value })}`),
    (answer) => {
      found.value = readEffective(answer);
    },
  );
  const problem = show.problem.value;
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <div class="stack">
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            void show.run();
          }}
        >
          <ProblemNote problem={problem} />
          <div class="grid">
            <TextField label={words.domain} value={domain} isRequired />
            <TextField label={words.app} value={app} isRequired />
            <TextField label={words.stream} value={stream} isRequired />
          </div>
          <button type="submit" aria-busy={show.isBusy.value} disabled={show.isBusy.value}>
            {words.show}
          </button>
        </form>
        {found.value && <EffectiveCards found={found.value} />}
      </div>
    </>
  );
}

function EffectiveCards({ found }: { readonly found: Effective }): VNode {
  const words = ruleWords();
  const label = language.value === 'zh' ? chineseFieldWords : fieldWords;
  const named = (names: readonly string[]) => (names.length === 0 ? words.nobody : names.join(', '));
  return (
    <>
      <Card title={words.rules}>
        {found.rules.length === 0 && <p>{words.none}</p>}
        <ol>
          {found.rules.map((id) => (
            <li key={id}>
              <a href={`/console/stream-rules/${encodeURIComponent(id)}`}>{id}</a>
            </li>
          ))}
        </ol>
        <Facts
          facts={[
            [words.callbacks, named(found.callbacks)],
            [words.streamKeys, named(found.streamKeys)],
          ]}
        />
      </Card>
      {found.settings.map(([group, settings]) => (
        <Card key={group} title={label(group).label}>
          <Facts
            facts={settings.map(([name, value]) => {
              const { label: words, unit } = label(name);
              return [words, unit ? `${value} ${unit}` : value] as const;
            })}
          />
        </Card>
      ))}
    </>
  );
}

function readEffective(answer: unknown): Effective {
  const { rules, callbacks, streamKeys, settings } = fields(answer);
  return {
    rules: list(rules).map((rule) => String(fields(rule).id)),
    callbacks: list(callbacks).map(String),
    streamKeys: list(streamKeys).map(String),
    settings: Object.entries(fields(settings)).map(([group, values]) => [
      group,
      Object.entries(fields(values)).map(([name, value]) => [
        name,
        typeof value === 'string' ? value || '–' : JSON.stringify(value),
      ]),
    ]),
  };
}
