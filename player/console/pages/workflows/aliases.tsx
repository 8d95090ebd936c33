import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  announce,
  Card,
  type Column,
  DataTable,
  FormDialog,
  may,
  ProblemNote,
  pathOf,
  put,
  remove,
  SelectField,
  TextField,
  useAction,
} from '../../kit/index.ts';
import type { Alias, Workflow } from './read-workflows.ts';
import { workflowWords } from './words.ts';

type Props = { readonly workflow: Workflow; readonly onChanged: () => void };

/** Names that lead to a version, and a part of their runs to another. */
export function Aliases({ workflow, onChanged }: Props): VNode {
  const words = workflowWords();
  const edited = useSignal<Alias | 'new' | undefined>(undefined);
  const end = useAction((alias: string) => remove(`${pathOfAlias(workflow, alias)}`), onChanged);
  const { alias, leadsTo, by, actions } = words.columns;
  const columns: readonly Column<Alias>[] = [
    { head: alias, cell: (each) => <strong>{each.alias}</strong> },
    { head: leadsTo, cell: ({ version, next }) => words.leadsTo(version, next) },
    { head: by, cell: ({ author }) => author },
    {
      ...{ head: actions, isActions: true },
      cell: (each) =>
        may('templates:write') && (
          <>
            <button
              type="button"
              class="outline"
              aria-label={`${words.change}: ${each.alias}`}
              onClick={() => (edited.value = each)}
            >
              {words.change}
            </button>
            <button
              type="button"
              class="outline danger-outline"
              aria-label={`${words.remove}: ${each.alias}`}
              onClick={() => void end.run(each.alias)}
            >
              {words.remove}
            </button>
          </>
        ),
    },
  ];
  const add = may('templates:write') && (
    <button type="button" class="outline" onClick={() => (edited.value = 'new')}>
      {words.newAlias}
    </button>
  );
  return (
    <Card title={words.aliases} actions={add}>
      <p class="hint">{words.aliasHint}</p>
      <ProblemNote problem={end.problem.value} />
      {workflow.aliases.length > 0 && (
        <DataTable caption={words.aliases} columns={columns} rows={workflow.aliases} keyOf={(each) => each.alias} />
      )}
      {edited.value !== undefined && (
        <AliasDialog
          workflow={workflow}
          {...(edited.value === 'new' ? {} : { alias: edited.value })}
          onChanged={onChanged}
          onClose={() => (edited.value = undefined)}
        />
      )}
    </Card>
  );
}

const pathOfAlias = ({ name }: Workflow, alias: string) => `/workflows${pathOf(name)}/aliases${pathOf(alias)}`;

function AliasDialog(props: Props & { readonly alias?: Alias; readonly onClose: () => void }): VNode {
  const { workflow, alias, onChanged, onClose } = props;
  const words = workflowWords();
  const name = useSignal(alias?.alias ?? 'live');
  const version = useSignal(String(alias?.version ?? workflow.latest.version));
  const next = useSignal(alias?.next ? String(alias.next.version) : '');
  const percent = useSignal(String(alias?.next?.percent ?? 10));
  const save = useAction(
    () =>
      put(pathOfAlias(workflow, name.value.trim()), {
        version: Number(version.value),
        ...(next.value === '' ? {} : { next: { version: Number(next.value), percent: Number(percent.value) } }),
      }),
    () => {
      announce(words.saved);
      onChanged();
      onClose();
    },
  );
  const choices = workflow.versions.map((each) => ({
    value: String(each.version),
    words: words.byVersion(each.version),
  }));
  const problem = save.problem.value;
  return (
    <FormDialog
      title={alias ? words.changeAlias(alias.alias) : words.newAlias}
      submit={words.save}
      action={save}
      onClose={onClose}
    >
      <TextField
        label={words.columns.alias}
        hint={words.aliasNameHint}
        value={name}
        isDisabled={alias !== undefined}
        pattern="[a-z][a-z0-9\-]*"
        isRequired
      />
      <SelectField label={words.mostRuns} value={version} choices={choices} />
      <SelectField
        label={words.someRuns}
        value={next}
        choices={[{ value: '', words: words.noOther }, ...choices.filter(({ value }) => value !== version.value)]}
      />
      {next.value !== '' && (
        <TextField
          {...{ label: words.percent, value: percent, type: 'number', min: 0, max: 100, isRequired: true }}
          name="next.percent"
          problem={problem}
        />
      )}
    </FormDialog>
  );
}
