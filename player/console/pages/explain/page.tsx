import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { CheckIcon, CloseIcon, InfoIcon, QuestionIcon } from '../../../icons/index.ts';
import { Card, Empty, isAbsent, PageHead, Pill, ProblemNote, post, TextField, useAction } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { hasPage } from '../../shell/page-list.ts';
import './explain.css';
import { inOwnWords } from '../../server-words/index.ts';
import { type Explanation, readExplanation, type StepStatus } from './read-explanation.ts';
import { explainWords } from './words.ts';

/** Says what becomes of an address, and why. */
export function Page(): VNode {
  const words = explainWords();
  const { query } = useLocation();
  const url = useSignal(query.url ?? '');
  const explanation = useSignal<Explanation | undefined>(undefined);
  const explain = useAction(
    () => post('/explain', { url: url.value.trim() }),
    (value) => {
      explanation.value = readExplanation(value);
    },
  );
  const problem = explain.problem.value;
  const submit = (event: Event) => {
    event.preventDefault();
    void explain.run();
  };
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <div class="stack">
        <Card>
          <form class="explain-form" onSubmit={submit}>
            <TextField label={words.url} hint={words.urlHint} name="url" value={url} problem={problem} isRequired />
            <button type="submit" aria-busy={explain.isBusy.value} disabled={explain.isBusy.value}>
              {words.explain}
            </button>
          </form>
          <ProblemNote problem={problem} />
          {isAbsent(problem) && <p class="hint">{words.onServer}</p>}
        </Card>
        {explanation.value ? (
          <Explained explanation={explanation.value} />
        ) : (
          !problem && <Empty title={words.nothingYet} icon={<QuestionIcon />} />
        )}
      </div>
    </>
  );
}

const ICONS: Readonly<Record<StepStatus, () => VNode>> = { pass: CheckIcon, fail: CloseIcon, note: InfoIcon };
const TONES = { pass: 'good', fail: 'bad', note: 'quiet' } as const;

function Explained({ explanation }: { readonly explanation: Explanation }): VNode {
  const words = explainWords();
  const { isOk, sentence, remedy, steps } = inOwnWords(explanation);
  return (
    <section class="card" aria-live="polite">
      <header>
        <h2>{sentence}</h2>
        <Pill verdict={{ words: isOk ? words.works : words.fails, tone: isOk ? 'good' : 'bad' }} />
      </header>
      {remedy && <p>{remedy}</p>}
      {!isOk && hasPage('sign') && (
        <p>
          <a href={hrefOf('sign')}>{words.again}</a>
        </p>
      )}
      <h3>{words.stepsTitle}</h3>
      <ol class="explain-steps">
        {steps.map((step) => (
          <li key={`${step.name} ${step.detail}`}>
            <span class={`step-icon tone-${TONES[step.status]}`}>{ICONS[step.status]()}</span>
            <div>
              <strong>{words.steps[step.name] ?? step.name}</strong>{' '}
              <span class="unseen">{words.statuses[step.status]}</span>
              <p class="hint">{step.detail}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
