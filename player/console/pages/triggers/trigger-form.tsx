import { useComputed, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { type Fields, fields } from '../../answers/answer-fields.ts';
import {
  type ApiProblem,
  announce,
  ask,
  CheckField,
  CodeField,
  jsonFlaw,
  may,
  ProblemNote,
  pathOf,
  post,
  put,
  SelectField,
  TextField,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { type Field, type FieldError, SchemaForm } from '../../schema-form/index.ts';
import '../../schema-form/schema-form.css';
import { hrefOf } from '../../shell/href.ts';
import { formWords } from '../rule-objects/words.ts';
import { firstInput, readWorkflow, readWorkflows } from '../workflows/read-workflows.ts';
import { readTrigger, TRIGGER_KINDS, type Trigger, type TriggerKind } from './read-triggers.ts';
import { triggerWords } from './words.ts';

/** What a run is given of what set it off. */
const EVENT_SOURCE = `$\{event.source}`;
const jsonOf = (value: unknown) => JSON.stringify(value, null, 2);

/** What a trigger watches, which workflow it starts, and with what. */
export function TriggerForm(props: {
  readonly forms: Readonly<Record<string, Field>>;
  readonly trigger?: Trigger;
  readonly onSaved: () => void;
}): VNode {
  const { forms, trigger, onSaved } = props;
  const words = triggerWords();
  const { route } = useLocation();
  const { input: givenInput, kind: _, ...givenSettings } = trigger?.settings ?? {};
  const workflow = useSignal(trigger?.workflow ?? '');
  const alias = useSignal(trigger?.alias ?? '');
  const isEnabled = useSignal(trigger?.isEnabled ?? true);
  const kind = useSignal<TriggerKind>(trigger?.kind ?? 'folder');
  const settings = useSignal<Fields>(givenSettings);
  const input = useSignal(jsonOf(givenInput ?? { source: EVENT_SOURCE }));
  const flaw = useComputed(() => jsonFlaw(input.value));
  const workflows = usePoll({ path: '/workflows?limit=500', read: readWorkflows }).state.value.value?.rows ?? [];
  const save = useAction(
    () => {
      const body = {
        ...{ workflow: workflow.value, isEnabled: isEnabled.value },
        ...(alias.value.trim() === '' ? {} : { alias: alias.value.trim() }),
        settings: { ...settings.value, kind: kind.value, input: JSON.parse(input.value) },
      };
      return trigger ? put(`/workflow-triggers${pathOf(trigger.id)}`, body) : post('/workflow-triggers', body);
    },
    (answer) => {
      announce(words.saved);
      if (trigger) onSaved();
      else route(hrefOf('triggers/:id', readTrigger(answer).id), true);
    },
  );
  const takeExample = async () => {
    const answer = await ask(`/workflows${pathOf(workflow.value)}`);
    if (!('value' in answer)) return;
    const first = firstInput(readWorkflow(answer.value).latest.definition);
    input.value = jsonOf('source' in first ? { ...first, source: EVENT_SOURCE } : first);
  };
  const problem = save.problem.value;
  const form = forms[kind.value];
  const isFixed = !may('templates:write');
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <ProblemNote problem={problem} />
      <fieldset class="bare" disabled={isFixed}>
        <SelectField
          label={words.columns.workflow}
          value={workflow}
          name="workflow"
          problem={problem}
          choices={[
            { value: '', words: words.choose },
            ...[...new Set([...workflows.map(({ name }) => name), workflow.value])]
              .filter((name) => name !== '')
              .map((name) => ({ value: name, words: name })),
          ]}
        />
        <TextField label={words.alias} hint={words.aliasHint} value={alias} name="alias" problem={problem} />
        <SelectField
          label={words.kind}
          value={kind}
          choices={TRIGGER_KINDS.map((each) => ({ value: each, words: words.kinds[each] }))}
        />
        {form && (
          <SchemaForm
            key={kind.value}
            field={form}
            value={settings.value}
            errors={errorsIn(problem)}
            words={formWords()}
            onChange={(changed) => {
              settings.value = fields(changed);
            }}
          />
        )}
        <CodeField
          label={words.input}
          hint={words.inputHint}
          value={input}
          flaws={flaw.value ? [flaw.value] : []}
          rows={10}
        />
        <div class="form-actions">
          <button type="button" class="outline" disabled={workflow.value === ''} onClick={() => void takeExample()}>
            {words.takeExample}
          </button>
        </div>
        <CheckField label={words.isOn} value={isEnabled} isSwitch />
      </fieldset>
      <div class="form-actions">
        <button
          type="submit"
          aria-busy={save.isBusy.value}
          disabled={isFixed || save.isBusy.value || flaw.value !== undefined || workflow.value === ''}
        >
          {words.save}
        </button>
      </div>
    </form>
  );
}

function errorsIn(problem: ApiProblem | undefined): readonly FieldError[] {
  if (problem?.kind !== 'refused') return [];
  return Object.entries(problem.fields ?? {}).map(([path, message]) => ({
    path: path.replace(/^settings\.?/, ''),
    message,
  }));
}
