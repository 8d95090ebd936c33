import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  announce,
  Busy,
  type Column,
  ConfirmButton,
  DataTable,
  Empty,
  may,
  PageHead,
  ProblemNote,
  pathOf,
  queryOf,
  remove,
  SelectField,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { CategoryDialog, type Edited, placesFor } from './category-dialog.tsx';
import { type Branch, readTree, wayTo } from './read-tree.ts';
import { categoryWords } from './words.ts';

/** The tree that assets are sorted into. */
export function Page(): VNode {
  const words = categoryWords();
  const polled = usePoll({ path: '/asset-categories', read: readTree });
  const { value: tree, problem } = polled.state.value;
  const edited = useSignal<Edited | undefined>(undefined);
  const mayWrite = may('categories:write');
  const changed = () => {
    announce(words.saved);
    void polled.askNow();
  };
  const { name, assets, actions } = words.columns;
  const columns: readonly Column<Branch>[] = [
    {
      head: name,
      cell: (each) => (
        <>
          {tree && <small>{wayTo(tree, each)}</small>}
          <a href={`${hrefOf('library')}?category=${each.id}`}>{each.name}</a>
        </>
      ),
    },
    { head: assets, isNumber: true, cell: (each) => words.count(each.assets) },
    {
      ...{ head: actions, isActions: true },
      cell: (each) => mayWrite && tree && <Buttons branch={each} tree={tree} edit={edit} onRemoved={changed} />,
    },
  ];
  const edit = (wanted: Edited) => {
    edited.value = wanted;
  };
  return (
    <>
      <PageHead title={words.title} hint={words.hint} trail={<a href={hrefOf('library')}>{words.toLibrary}</a>}>
        {mayWrite && (
          <button type="button" onClick={() => edit({})}>
            {words.create}
          </button>
        )}
      </PageHead>
      <ProblemNote problem={problem} />
      {!tree && !problem && <Busy />}
      {tree?.length === 0 && <Empty title={words.none} />}
      {tree !== undefined && tree.length > 0 && (
        <div class="card table-card">
          <DataTable caption={words.title} columns={columns} rows={tree} keyOf={({ id }) => String(id)} />
        </div>
      )}
      {edited.value && tree && (
        <CategoryDialog
          tree={tree}
          edited={edited.value}
          onChanged={changed}
          onClose={() => (edited.value = undefined)}
        />
      )}
    </>
  );
}

function Buttons(props: {
  readonly branch: Branch;
  readonly tree: readonly Branch[];
  readonly edit: (wanted: Edited) => void;
  readonly onRemoved: () => void;
}): VNode {
  const { branch, tree, edit, onRemoved } = props;
  const words = categoryWords();
  const moveTo = useSignal('');
  const path = `/asset-categories${pathOf(String(branch.id))}`;
  return (
    <>
      <button
        type="button"
        class="outline"
        aria-label={`${words.add}: ${branch.name}`}
        onClick={() => edit({ parent: branch.id })}
      >
        {words.add}
      </button>
      <button
        type="button"
        class="outline"
        aria-label={`${words.change}: ${branch.name}`}
        onClick={() => edit({ branch })}
      >
        {words.change}
      </button>
      <ConfirmButton
        label={words.remove}
        about={`${words.remove}: ${branch.name}`}
        title={words.removeTitle(branch.name)}
        act={() => remove(`${path}${queryOf({ moveTo: moveTo.value })}`)}
        onDone={onRemoved}
      >
        <p>{words.removeBody}</p>
        <SelectField label={words.moveTo} value={moveTo} choices={placesFor(tree, branch, words.nowhere)} />
      </ConfirmButton>
    </>
  );
}
