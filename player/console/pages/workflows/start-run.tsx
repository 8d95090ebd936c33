import { useComputed, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { fields, text } from '../../answers/answer-fields.ts';
import { ask, Card, CodeField, jsonFlaw, ProblemNote, pathOf, post, SelectField, useAction } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { firstInput, readRun, type Workflow } from './read-workflows.ts';
import { workflowWords } from './words.ts';

const jsonOf = (value: unknown) => JSON.stringify(value, null, 2);

/** Starts a run with an input: the workflow's example, or that of an earlier run (`?run=`). */
export function StartRun({ workflow }: { readonly workflow: Workflow }): VNode {
  const words = workflowWords();
  const { route, query } = useLocation();
  const input = useSignal(jsonOf(firstInput(workflow.latest.definition)));
  const target = useSignal('');
  const flaw = useComputed(() => jsonFlaw(input.value));
  useEffect(() => {
    if (query.run === undefined) return;
    void ask(`/workflow-runs${pathOf(query.run)}`).then((answer) => {
      if ('value' in answer) input.value = jsonOf(readRun(answer.value).input);
    });
  }, [query.run, input]);
  const start = useAction(
    () => {
      const body = { input: JSON.parse(input.value), ...targetOf(target.value) };
      return post(`/workflows${pathOf(workflow.name)}/runs`, body);
    },
    (answer) => route(hrefOf('workflow-runs/:run', text(fields(answer).id) ?? '')),
  );
  const choices = [
    { value: '', words: words.newest(workflow.latest.version) },
    ...workflow.aliases.map(({ alias }) => ({ value: `alias ${alias}`, words: words.byAlias(alias) })),
    ...workflow.versions.map(({ version }) => ({ value: `version ${version}`, words: words.byVersion(version) })),
  ];
  return (
    <Card title={words.start}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start.run();
        }}
      >
        <ProblemNote problem={start.problem.value} />
        <CodeField
          label={words.input}
          hint={words.inputHint}
          value={input}
          flaws={flaw.value ? [flaw.value] : []}
          rows={15}
        />
        <SelectField label={words.which} value={target} choices={choices} />
        <div class="form-actions">
          <button
            type="submit"
            aria-busy={start.isBusy.value}
            disabled={start.isBusy.value || flaw.value !== undefined}
          >
            {words.startIt}
          </button>
        </div>
      </form>
    </Card>
  );
}

function targetOf(target: string): { readonly alias?: string; readonly version?: number } {
  const [kind, which] = target.split(' ');
  if (kind === 'alias' && which !== undefined) return { alias: which };
  return kind === 'version' ? { version: Number(which) } : {};
}
