import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { Ago, type Column, Empty, may, PagedTable, PageHead, usePagedList } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { readWorkflows, type WorkflowRow } from './read-workflows.ts';
import { workflowWords } from './words.ts';

/** What is done to media, as data. */
export function Page(): VNode {
  const words = workflowWords();
  const { route } = useLocation();
  const workflows = usePagedList({ path: '/workflows?limit=100', read: readWorkflows });
  const { name, latest, added } = words.columns;
  const columns: readonly Column<WorkflowRow>[] = [
    { head: name, cell: (row) => <a href={hrefOf('workflows/:workflow', row.name)}>{row.name}</a> },
    { head: latest, isNumber: true, cell: (row) => row.latest },
    { head: added, cell: (row) => <Ago at={row.createdAt} /> },
  ];
  const create = may('templates:write') && (
    <button type="button" onClick={() => route(hrefOf('workflow-editor'))}>
      {words.create}
    </button>
  );
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {create}
      </PageHead>
      <PagedTable
        list={workflows}
        caption={words.title}
        columns={columns}
        keyOf={(row) => row.name}
        empty={<Empty title={words.none}>{create}</Empty>}
      />
    </>
  );
}
