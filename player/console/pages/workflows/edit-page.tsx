import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import {
  type ApiProblem,
  announce,
  ask,
  Busy,
  CodeField,
  PageHead,
  ProblemNote,
  pathOf,
  post,
  useAction,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { EXAMPLE } from './example.ts';
import { readVersion, readWorkflow } from './read-workflows.ts';
import { useVerdict } from './verdict.ts';
import { workflowWords } from './words.ts';

/** Writes a workflow, or a new version of one, begun with the newest or the one that `?version=` names. */
export function Page(): VNode {
  const words = workflowWords();
  const { query } = useLocation();
  const name = useRoute().params.workflow;
  const source = useSignal<string | undefined>(name === undefined ? EXAMPLE : undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  useEffect(() => {
    if (name === undefined) return;
    void sourceOf(name, query.version).then((found) => {
      if (typeof found === 'string') source.value = found;
      else problem.value = found;
    });
  }, [name, query.version, source, problem]);
  const [title, trail] = name === undefined ? [words.create, undefined] : [words.newVersionOf(name), name];
  return (
    <>
      <PageHead
        title={title}
        hint={words.editHint}
        trail={
          <a href={trail === undefined ? hrefOf('workflows') : hrefOf('workflows/:workflow', trail)}>
            {trail ?? words.title}
          </a>
        }
      />
      <ProblemNote problem={problem.value} />
      {source.value === undefined && !problem.value && <Busy />}
      {source.value !== undefined && <Editor {...(name === undefined ? {} : { name })} first={source.value} />}
    </>
  );
}

async function sourceOf(name: string, version: string | undefined): Promise<string | ApiProblem> {
  const path = `/workflows${pathOf(name)}`;
  const answer = await ask(version === undefined ? path : `${path}/versions${pathOf(version)}`);
  if ('problem' in answer) return answer.problem;
  return version === undefined ? readWorkflow(answer.value).latest.source : readVersion(answer.value).source;
}

function Editor({ name, first }: { readonly name?: string; readonly first: string }): VNode {
  const words = workflowWords();
  const { route } = useLocation();
  const source = useSignal(first);
  const { verdict, problem } = useVerdict(source);
  const save = useAction(
    () => {
      const body = { source: source.value };
      return name === undefined ? post('/workflows', body) : post(`/workflows${pathOf(name)}/versions`, body);
    },
    (answer) => {
      announce(words.saved);
      route(hrefOf('workflows/:workflow', readVersion(answer).workflow));
    },
  );
  const flaws = verdict?.flaws ?? [];
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <ProblemNote problem={save.problem.value ?? problem} />
      <CodeField label={words.definition} value={source} flaws={flaws} rows={26} />
      <p class="hint" role="status">
        {verdict && flaws.length === 0 && words.isRight(verdict.name ?? '', verdict.steps.join(' → '))}
      </p>
      <div class="form-actions">
        <button type="submit" aria-busy={save.isBusy.value} disabled={save.isBusy.value || flaws.length > 0}>
          {name === undefined ? words.save : words.publish}
        </button>
      </div>
    </form>
  );
}
