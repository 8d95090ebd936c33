import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { ActionButton, CopyField, newKey, ProblemNote, TextField, useAction, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { Step, Waiting } from './guide-step.tsx';
import { isPending, keepAll, recordAll, tell, transcodeAll } from './quick-rules.ts';
import { overviewWords } from './words.ts';

const EVERY_MS = 15_000;

/** What most servers want besides, each by one button: renditions, recordings, callbacks. */
export function NextSteps({ live }: { readonly live: StreamEntry | undefined }): VNode {
  const words = overviewWords();
  const rules = usePoll({ path: '/stream-rules?limit=500', everyMs: EVERY_MS, read: readUses });
  const endpoints = usePoll({ path: '/callbacks?limit=1', everyMs: EVERY_MS, read: readHasEndpoints });
  const uses = rules.state.value.value;
  return (
    <>
      <h3 class="next-title">{words.next}</h3>
      <ol>
        <Step number={4} title={words.transcode} isDone={uses?.transcodes === true}>
          <p class="hint">{words.transcodeHint}</p>
          {uses?.transcodes ? (
            <Done words={words.transcodeDone} live={live} isThere={live?.transcoding !== undefined} />
          ) : (
            <RuleButton words={words.transcodeNow} change={transcodeAll} onDone={() => void rules.askNow()} />
          )}
          <p class="hint">
            {live?.transcoding ? (
              <a href={hrefOf('streams/:domain/:app/:stream', live.domain, live.app, live.name)}>
                {words.seeRenditions}
              </a>
            ) : (
              <a href={hrefOf('stream-rules')}>{words.toRules}</a>
            )}
          </p>
        </Step>
        <Step number={5} title={words.record} isDone={uses?.records === true}>
          <p class="hint">{words.recordHint}</p>
          {uses?.records ? (
            <Done words={words.recordDone} live={live} isThere={live?.isRecording === true} />
          ) : (
            <RuleButton words={words.recordNow} change={recordAll} onDone={() => void rules.askNow()} />
          )}
          <p class="hint">
            <a href={hrefOf('recordings')}>{words.toRecordings}</a>
          </p>
          {uses?.records && <KeepInLibrary isDone={uses.keeps} onDone={() => void rules.askNow()} />}
        </Step>
        <Step number={6} title={words.callbacks} isDone={endpoints.state.value.value === true}>
          <p class="hint">{words.callbacksHint}</p>
          <EndpointForm isDone={endpoints.state.value.value === true} onDone={() => void endpoints.askNow()} />
          <p class="hint">
            <a href={hrefOf('callbacks')}>{words.toCallbacks}</a>
          </p>
        </Step>
      </ol>
    </>
  );
}

function KeepInLibrary({ isDone, onDone }: { readonly isDone: boolean; readonly onDone: () => void }): VNode {
  const words = overviewWords();
  return (
    <>
      {isDone ? (
        <p class="done-words">{words.keepDone}</p>
      ) : (
        <>
          <p class="hint">{words.keepHint}</p>
          <RuleButton words={words.keepNow} change={keepAll} onDone={onDone} />
        </>
      )}
      <p class="hint">
        <a href={hrefOf('library')}>{words.toLibrary}</a>
      </p>
    </>
  );
}

type Uses = { readonly transcodes: boolean; readonly records: boolean; readonly keeps: boolean };

function readUses(answer: unknown): Uses {
  const rules = list(fields(answer).streamRules).map(fields);
  const renditions = ({ templates, groups }: Readonly<Record<string, unknown>>) => [
    ...list(templates),
    ...list(groups),
  ];
  return {
    transcodes: rules.some(({ transcode }) => renditions(fields(transcode)).length > 0),
    records: rules.some(({ record }) => fields(record).enabled === true),
    keeps: rules.some(({ record }) => !['off', undefined].includes(text(fields(fields(record).assets).as))),
  };
}

function readHasEndpoints(answer: unknown): boolean {
  return list(fields(answer).callbacks).length > 0;
}

/** What is set counts for what is published from then on. */
function Done(props: {
  readonly words: string;
  readonly live: StreamEntry | undefined;
  readonly isThere: boolean;
}): VNode {
  const { live, isThere } = props;
  return (
    <>
      <p class="done-words">{props.words}</p>
      {live && !isThere && <p>{overviewWords().nextPublish(`${live.app}/${live.name}`)}</p>}
    </>
  );
}

function RuleButton(props: {
  readonly words: string;
  readonly change: typeof recordAll;
  readonly onDone: () => void;
}): VNode {
  const isWaiting = useSignal(false);
  const change = useAction(props.change, (answer) => {
    isWaiting.value = isPending(answer);
    props.onDone();
  });
  return (
    <>
      <ProblemNote problem={change.problem.value} />
      {isWaiting.value ? <Waiting /> : <ActionButton action={change}>{props.words}</ActionButton>}
    </>
  );
}

function EndpointForm(props: { readonly isDone: boolean; readonly onDone: () => void }): VNode {
  const words = overviewWords();
  const url = useSignal('');
  const key = useSignal('');
  const isWaiting = useSignal(false);
  const add = useAction(
    () => {
      key.value = newKey();
      return tell(url.value, key.value);
    },
    (answer) => {
      isWaiting.value = isPending(answer);
      props.onDone();
    },
  );
  if (props.isDone) {
    return (
      <>
        <p class="done-words">{words.callbacksDone}</p>
        {key.value && <CopyField label={words.callbackKey} value={key.value} isSecret />}
      </>
    );
  }
  if (isWaiting.value) return <Waiting />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void add.run();
      }}
    >
      <ProblemNote problem={add.problem.value} />
      <TextField
        label={words.callbackUrl}
        placeholder="https://example.com/hook"
        type="url"
        value={url}
        name="url"
        problem={add.problem.value}
        isRequired
      />
      <button type="submit" class="narrow-button" aria-busy={add.isBusy.value} disabled={add.isBusy.value}>
        {words.callbacksNow}
      </button>
    </form>
  );
}
