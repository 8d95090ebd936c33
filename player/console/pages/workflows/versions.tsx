import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Card, Moment, may, Preformatted, ProblemNote, pathOf, SelectField, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { readVersion, type Workflow } from './read-workflows.ts';
import { workflowWords } from './words.ts';

/** Each version as it was written; one may begin a new version. */
export function Versions({ workflow }: { readonly workflow: Workflow }): VNode {
  const words = workflowWords();
  const { name, latest, versions } = workflow;
  const shown = useSignal(String(latest.version));
  const path = `/workflows${pathOf(name)}/versions/${shown.value}`;
  const { value, problem } = usePoll({ path, read: readVersion }).state.value;
  const choices = versions.map(({ version }) => ({ value: String(version), words: words.byVersion(version) }));
  return (
    <Card title={words.definition}>
      {versions.length > 1 && <SelectField label={words.columns.version} value={shown} choices={choices} />}
      <ProblemNote problem={problem} />
      {value && (
        <>
          <p class="hint">
            {words.writtenBy(value.author)} <Moment at={value.createdAt} />
          </p>
          <Preformatted label={words.definition} text={value.source} />
          {may('templates:write') && value.version !== latest.version && (
            <a href={`${hrefOf('workflow-editor/:workflow', name)}?version=${value.version}`}>{words.beginWithIt}</a>
          )}
        </>
      )}
    </Card>
  );
}
