import type { VNode } from 'preact';
import { AnswerError, fields, list, number, optional, text } from '../../answers/answer-fields.ts';
import { Ago, Card, type Column, DataTable, Pill, ProblemNote, usePoll } from '../../kit/index.ts';
import { pipelineWords } from './words.ts';

const EVERY_MS = 5000;
/** One that was not seen for so long is gone without a word; what it did is taken over. */
const GONE_SECONDS = 20;

type Worker = {
  readonly id: string;
  readonly name: string;
  readonly concurrency: number;
  readonly busy: number;
  readonly actions: number;
  readonly startedAt?: string;
  readonly unseenSeconds: number;
};

/** The processes that do the work of all pipelines. */
export function WorkersCard(): VNode {
  const words = pipelineWords();
  const { value: workers, problem } = usePoll({
    path: '/job-workers',
    everyMs: EVERY_MS,
    read: readWorkers,
  }).state.value;
  const { worker, state, steps, actions, since } = words.workerColumns;
  const columns: readonly Column<Worker>[] = [
    { head: worker, cell: ({ name }) => <strong>{name}</strong> },
    { head: state, cell: (each) => <Pill verdict={verdictOf(each)} /> },
    { head: steps, isNumber: true, cell: ({ busy, concurrency }) => words.runningOf(busy, concurrency, undefined) },
    { head: actions, isNumber: true, cell: (each) => words.count(each.actions) },
    { head: since, cell: ({ startedAt }) => <Ago at={startedAt} /> },
  ];
  return (
    <Card title={words.workers}>
      <p class="hint">{words.workersHint}</p>
      <ProblemNote problem={problem} />
      {workers && workers.length > 0 && (
        <DataTable caption={words.workers} columns={columns} rows={workers} keyOf={({ id }) => id} />
      )}
      {workers?.length === 0 && <p role="alert">{words.noWorkers}</p>}
    </Card>
  );
}

function verdictOf({ unseenSeconds }: Worker) {
  const words = pipelineWords();
  const isGone = unseenSeconds > GONE_SECONDS;
  return {
    words: isGone ? words.gone(Math.round(unseenSeconds)) : words.working,
    tone: isGone ? 'bad' : 'good',
  } as const;
}

function readWorkers(answer: unknown): readonly Worker[] {
  const { workers } = fields(answer);
  if (!Array.isArray(workers)) throw new AnswerError('the answer holds no list of workers');
  return workers.map((each) => {
    const { id, name, concurrency, busy, actions, startedAt, unseenSeconds } = fields(each);
    return {
      ...{ id: text(id) ?? '', name: text(name) ?? '', concurrency: number(concurrency) ?? 0, busy: number(busy) ?? 0 },
      ...{ actions: list(actions).length, unseenSeconds: number(unseenSeconds) ?? 0 },
      ...optional('startedAt', text(startedAt)),
    };
  });
}
