import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  Busy,
  type Column,
  ConfirmButton,
  DataTable,
  may,
  PageHead,
  ProblemNote,
  pathOf,
  remove,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { PauseButton, PipelineState } from './pause-button.tsx';
import { PipelineDialog } from './pipeline-dialog.tsx';
import { type Pipeline, readPipelines } from './read-pipelines.ts';
import { pipelineWords } from './words.ts';
import { WorkersCard } from './workers-card.tsx';

const EVERY_MS = 3000;
/** It stays, as what names none goes there. */
const DEFAULT = 'default';

/** The queues that jobs wait in: how full they are, how much they may do at a time. */
export function Page(): VNode {
  const words = pipelineWords();
  const polled = usePoll({ path: '/pipelines?limit=500', everyMs: EVERY_MS, read: readPipelines });
  const { value: pipelines, problem } = polled.state.value;
  const edited = useSignal<Pipeline | 'new' | undefined>(undefined);
  const changed = () => void polled.askNow();
  const { name, state, running, pending, waiting, oldest, failed, actions } = words.columns;
  const columns: readonly Column<Pipeline>[] = [
    {
      head: name,
      cell: (each) => (
        <>
          <a href={`${hrefOf('jobs')}?pipeline=${encodeURIComponent(each.id)}`}>{each.name}</a>
          {each.name !== each.id && <code class="pipeline-id">{each.id}</code>}
        </>
      ),
    },
    { head: state, cell: (each) => <PipelineState pipeline={each} /> },
    { head: running, isNumber: true, cell: (each) => words.runningOf(each.running, each.quota, each.submitterQuota) },
    { head: pending, isNumber: true, cell: (each) => words.count(each.pending) },
    { head: waiting, isNumber: true, cell: (each) => words.count(each.waiting) },
    { head: oldest, isNumber: true, cell: ({ oldestSeconds }) => words.seconds(oldestSeconds) },
    {
      ...{ head: failed, isNumber: true },
      cell: (each) => (
        <a href={`${hrefOf('jobs')}?state=failed&pipeline=${encodeURIComponent(each.id)}`}>
          {words.count(each.failed)}
        </a>
      ),
    },
    {
      ...{ head: actions, isActions: true },
      cell: (each) =>
        may('pipelines:write') && (
          <>
            <PauseButton pipeline={each} onChanged={changed} />
            <button
              type="button"
              class="outline"
              aria-label={`${words.change}: ${each.name}`}
              onClick={() => (edited.value = each)}
            >
              {words.change}
            </button>
            {each.id !== DEFAULT && (
              <ConfirmButton
                label={words.remove}
                about={`${words.remove}: ${each.name}`}
                title={words.removeTitle(each.name)}
                act={() => remove(`/pipelines${pathOf(each.id)}`)}
                onDone={changed}
              >
                <p>{words.removeBody}</p>
              </ConfirmButton>
            )}
          </>
        ),
    },
  ];
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('pipelines:write') && (
          <button type="button" onClick={() => (edited.value = 'new')}>
            {words.create}
          </button>
        )}
      </PageHead>
      <ProblemNote problem={problem} />
      {!pipelines && !problem && <Busy />}
      <div class="stack">
        {pipelines && (
          <div class="card table-card">
            <DataTable caption={words.title} columns={columns} rows={pipelines} keyOf={({ id }) => id} />
          </div>
        )}
        <WorkersCard />
      </div>
      {edited.value !== undefined && (
        <PipelineDialog
          {...(edited.value === 'new' ? {} : { pipeline: edited.value })}
          onChanged={changed}
          onClose={() => (edited.value = undefined)}
        />
      )}
    </>
  );
}
