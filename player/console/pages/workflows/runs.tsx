import type { VNode } from 'preact';
import { Ago, type Column, PagedTable, pathOf, usePagedList, useReloading } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { JobStatePill, Percent } from '../jobs/job-state.tsx';
import { type Run, readRuns } from './read-workflows.ts';
import { workflowWords } from './words.ts';

const isMoving = ({ state }: Run) => state === 'submitted' || state === 'running';

/** The runs of a workflow, the newest first, with how far each is. */
export function Runs({ name }: { readonly name: string }): VNode {
  const words = workflowWords();
  const runs = usePagedList({ path: `/workflows${pathOf(name)}/runs?limit=20`, read: readRuns });
  useReloading(runs, isMoving);
  const { run, state, progress, version, by, started } = words.columns;
  const columns: readonly Column<Run>[] = [
    { head: run, cell: ({ id }) => <a href={hrefOf('workflow-runs/:run', id)}>{id.slice(0, 8)}</a> },
    { head: state, cell: (each) => each.state && <JobStatePill state={each.state} /> },
    { head: progress, cell: ({ id, percent = 0 }) => <Percent percent={percent} about={id.slice(0, 8)} /> },
    { head: version, cell: (each) => words.versionOf(each.version, each.alias) },
    { head: by, cell: ({ submitter, trigger }) => (trigger === undefined ? submitter : words.aTrigger) },
    { head: started, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ];
  return (
    <section>
      <h2>{words.runs}</h2>
      <PagedTable
        list={runs}
        caption={words.runs}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="hint">{words.noRuns}</p>}
      />
    </section>
  );
}
