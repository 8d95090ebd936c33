import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  ActionButton,
  Ago,
  announce,
  Busy,
  type Column,
  ConfirmDialog,
  DataTable,
  may,
  PageHead,
  Pill,
  ProblemNote,
  post,
  problemIn,
  remove,
  TextField,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { type NodeRow, readNodes } from './read-nodes.ts';
import { nodeWords } from './words.ts';
import './nodes.css';

const EVERY_MS = 3000;
const USUAL_SECONDS = 300;

/** The servers of the cluster, and how each is. */
export function Page(): VNode {
  const words = nodeWords();
  const poll = usePoll({ path: '/nodes', everyMs: EVERY_MS, read: readNodes });
  const { value: nodes, problem } = poll.state.value;
  const { columns: heads } = words;
  const columns: Column<NodeRow>[] = [
    { head: heads.name, cell: (node) => <Name node={node} /> },
    { head: heads.state, cell: (node) => <State node={node} /> },
    { head: heads.streams, isNumber: true, cell: ({ streams }) => streams ?? '–' },
    { head: heads.viewers, isNumber: true, cell: ({ viewers }) => viewers ?? '–' },
    { head: heads.load, cell: ({ load }) => loadWords(load) },
    { head: heads.since, cell: ({ startedAt }) => <Ago at={startedAt} /> },
    { head: heads.seen, cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} /> },
    {
      ...{ head: heads.actions, isActions: true },
      cell: (node) => <Buttons node={node} onDone={() => void poll.askNow()} />,
    },
  ];
  const isAlone = nodes?.length === 1 && nodes[0]?.address === undefined;
  return (
    <>
      <PageHead title={words.title} hint={isAlone ? words.alone : words.hint} />
      <ProblemNote problem={problem} />
      {!nodes && !problem && <Busy />}
      {nodes !== undefined && (
        <div class="card table-card">
          <DataTable caption={words.title} columns={columns} rows={nodes} keyOf={({ id }) => id} />
        </div>
      )}
    </>
  );
}

function Name({ node: { name, address, version, isAsked } }: { readonly node: NodeRow }): VNode {
  const words = nodeWords();
  return (
    <div>
      <strong>{name}</strong>
      {isAsked && <span class="hint"> ({words.asked})</span>}
      <p class="hint node-place">{[address, version].filter((each) => each !== undefined).join(' · ')}</p>
    </div>
  );
}

const TONES = { there: 'good', silent: 'bad', gone: 'bad', draining: 'warn', drained: 'warn' } as const;

function State({ node: { state, left } }: { readonly node: NodeRow }): VNode {
  const words = nodeWords();
  return (
    <>
      <Pill verdict={{ tone: TONES[state], words: words.states[state] }} />
      {state === 'draining' && (
        <p class="node-left">
          <progress aria-label={words.states.draining} max={1} value={1 - left.share} />
          {words.left(left.publishers, left.viewers)}
        </p>
      )}
    </>
  );
}

function loadWords({ level, reason, cpuPercent }: NodeRow['load']): string {
  const words = nodeWords();
  const parts = [
    cpuPercent === undefined ? '' : words.cpu(cpuPercent),
    level === 'normal' ? words.isNormal : words.isBusy,
    reason,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ') || '–';
}

function Buttons({ node, onDone }: { readonly node: NodeRow; readonly onDone: () => void }): VNode | null {
  const words = nodeWords();
  const isAsked = useSignal(false);
  const seconds = useSignal(String(USUAL_SECONDS));
  const { id, name, state } = node;
  const path = `/drain?node=${encodeURIComponent(id)}`;
  const resume = useAction(
    () => remove(path),
    () => {
      announce(words.resumed(name));
      onDone();
    },
  );
  if (!may('health:drain') || state === 'gone' || state === 'silent') return null;
  if (state !== 'there') {
    return (
      <ActionButton class="outline" action={resume}>
        {words.resume}
      </ActionButton>
    );
  }
  const drain = async () => {
    const problem = problemIn(await post(path, { seconds: Number(seconds.value) }));
    if (problem) return problem;
    announce(words.drained(name));
    onDone();
    return undefined;
  };
  return (
    <>
      <button
        type="button"
        class="outline"
        aria-label={`${words.drain}: ${name}`}
        onClick={() => (isAsked.value = true)}
      >
        {words.drain}
      </button>
      {isAsked.value && (
        <ConfirmDialog
          title={words.drainTitle(name)}
          confirm={words.drain}
          isDangerous
          onConfirm={drain}
          onClose={() => (isAsked.value = false)}
        >
          <p>{words.drainHint}</p>
          <TextField label={words.seconds} value={seconds} type="number" min={0} max={86400} />
        </ConfirmDialog>
      )}
    </>
  );
}
