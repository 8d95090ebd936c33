import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import {
  ActionButton,
  Card,
  ConfirmButton,
  Facts,
  FormDialog,
  may,
  Pill,
  ProblemNote,
  post,
  remove,
  TextField,
  useAction,
} from '../../kit/index.ts';
import type { DrainState } from './read-drain.ts';
import { loadWords } from './words.ts';

const TONES = { serving: 'good', draining: 'warn', drained: 'quiet' } as const;
const FIVE_MINUTES = '300';

/** Whether the node is in service, who is still here while it drains, and the buttons for both. */
export function DrainCard({ drain, onDone }: { readonly drain: DrainState; readonly onDone: () => void }): VNode {
  const words = loadWords();
  const { state } = drain;
  return (
    <Card title={words.drain} actions={<Pill verdict={{ words: words.drainStates[state], tone: TONES[state] }} />}>
      {state !== 'draining' && <p class="hint">{words[state]}</p>}
      <Facts facts={factsOf(drain)} />
      <div class="load-drain">
        {may('health:drain') &&
          (state === 'serving' ? <Start onDone={onDone} /> : <Under state={state} onDone={onDone} />)}
      </div>
    </Card>
  );
}

function factsOf(drain: DrainState): readonly (readonly [string, ComponentChildren])[] {
  const words = loadWords();
  const { state, publishers, viewers, untilMs, recordings, uploads, events } = drain;
  const left = (of: { left: number; atStart: number }) =>
    state === 'serving' ? words.here(of.left) : words.leftOf(of.left, of.atStart);
  const asked = publishers.asked > 0 ? ` (${words.asked(publishers.asked)})` : '';
  const leftS = Math.max(0, Math.ceil(((untilMs ?? 0) - Date.now()) / 1000));
  return [
    [words.publishers, `${left(publishers)}${asked}`],
    [words.viewers, left(viewers)],
    ...(state === 'draining' ? [[words.secondsLeft, words.seconds(leftS)] as const] : []),
    [words.recordings, String(recordings)],
    [words.uploads, uploads === undefined ? '–' : String(uploads)],
    [words.events, events === undefined ? '–' : String(events)],
  ];
}

function Start({ onDone }: { readonly onDone: () => void }): VNode {
  const words = loadWords();
  const isAsked = useSignal(false);
  const seconds = useSignal(FIVE_MINUTES);
  const start = useAction(
    () => post('/drain', { seconds: Number(seconds.value) }),
    () => {
      isAsked.value = false;
      onDone();
    },
  );
  return (
    <>
      <button type="button" class="outline danger-outline" onClick={() => (isAsked.value = true)}>
        {words.start}
      </button>
      {isAsked.value && (
        <FormDialog
          title={words.startTitle}
          submit={words.start}
          action={start}
          onClose={() => (isAsked.value = false)}
        >
          <p>{words.startHint}</p>
          <TextField
            label={words.within}
            name="seconds"
            type="number"
            min={0}
            max={86_400}
            value={seconds}
            isRequired
          />
        </FormDialog>
      )}
    </>
  );
}

function Under({ state, onDone }: { readonly state: DrainState['state']; readonly onDone: () => void }): VNode {
  const words = loadWords();
  const cancel = useAction(() => remove('/drain'), onDone);
  return (
    <>
      <ProblemNote problem={cancel.problem.value} />
      <div class="row">
        <ActionButton class="outline" action={cancel}>
          {words.cancel}
        </ActionButton>
        {state === 'draining' && (
          <ConfirmButton
            label={words.sendAway}
            title={words.sendAwayTitle}
            act={() => post('/drain', { seconds: 0 })}
            onDone={onDone}
          >
            {words.sendAwayHint}
          </ConfirmButton>
        )}
      </div>
    </>
  );
}
