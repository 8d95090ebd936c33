import type { VNode } from 'preact';
import { useLocation, useRoute } from 'preact-iso';
import { Busy, ConfirmButton, may, PageHead, ProblemNote, pathOf, remove, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { Aliases } from './aliases.tsx';
import { readWorkflow, type Workflow } from './read-workflows.ts';
import { Runs } from './runs.tsx';
import { StartRun } from './start-run.tsx';
import { Versions } from './versions.tsx';
import { workflowWords } from './words.ts';

/** One workflow: start a run, its runs, its versions and what leads to them. */
export function Page(): VNode {
  const words = workflowWords();
  const name = useRoute().params.workflow ?? '';
  const polled = usePoll({ path: `/workflows${pathOf(name)}`, read: readWorkflow });
  const { value: workflow, problem } = polled.state.value;
  return (
    <>
      <PageHead
        title={name}
        trail={<a href={hrefOf('workflows')}>{words.title}</a>}
        hint={workflow && String(workflow.latest.definition.description ?? '')}
      >
        {workflow && may('templates:write') && <Buttons name={name} />}
      </PageHead>
      <ProblemNote problem={problem} />
      {!workflow && !problem && <Busy />}
      {workflow && <Parts key={name} workflow={workflow} onChanged={() => void polled.askNow()} />}
    </>
  );
}

function Parts({ workflow, onChanged }: { readonly workflow: Workflow; readonly onChanged: () => void }): VNode {
  return (
    <div class="stack">
      {may('jobs:submit') && <StartRun workflow={workflow} />}
      {may('jobs:read') && <Runs name={workflow.name} />}
      <Aliases workflow={workflow} onChanged={onChanged} />
      <Versions workflow={workflow} />
    </div>
  );
}

function Buttons({ name }: { readonly name: string }): VNode {
  const words = workflowWords();
  const { route } = useLocation();
  return (
    <>
      <button type="button" onClick={() => route(hrefOf('workflow-editor/:workflow', name))}>
        {words.newVersion}
      </button>
      <ConfirmButton
        label={words.remove}
        title={words.removeTitle(name)}
        act={() => remove(`/workflows${pathOf(name)}`)}
        onDone={() => route(hrefOf('workflows'))}
      >
        <p>{words.removeBody}</p>
      </ConfirmButton>
    </>
  );
}
