import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { FormDialog, patch, pathOf, post, SelectField, TextField, useAction } from '../../kit/index.ts';
import { type Branch, withBelow } from './read-tree.ts';
import { categoryWords } from './words.ts';

/** One that is changed, or a new one, within another or at the top. */
export type Edited = { readonly branch?: Branch; readonly parent?: number };

/** Where one may go: anywhere but into itself. */
export function placesFor(tree: readonly Branch[], branch: Branch | undefined, top: string) {
  const own = branch === undefined ? new Set<number>() : withBelow(tree, branch.id);
  const places = tree.filter(({ id }) => !own.has(id));
  return [
    { value: '', words: top },
    ...places.map(({ id, name, level }) => ({ value: String(id), words: `${'\u2003'.repeat(level)}${name}` })),
  ];
}

/** Names a category, and says what it is within. */
export function CategoryDialog(props: {
  readonly tree: readonly Branch[];
  readonly edited: Edited;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}): VNode {
  const { tree, edited, onChanged, onClose } = props;
  const { branch } = edited;
  const words = categoryWords();
  const name = useSignal(branch?.name ?? '');
  const parent = useSignal(String(branch?.parent ?? edited.parent ?? ''));
  const save = useAction(
    () => {
      const within = parent.value === '' ? undefined : Number(parent.value);
      const wanted = { name: name.value.trim() };
      if (branch === undefined) return post('/asset-categories', { ...wanted, parent: within });
      const isMoved = within !== branch.parent;
      const changes = { ...wanted, ...(isMoved ? { parent: within ?? null } : {}) };
      return patch(`/asset-categories${pathOf(String(branch.id))}`, changes);
    },
    () => {
      onChanged();
      onClose();
    },
  );
  return (
    <FormDialog
      title={branch ? words.changeTitle(branch.name) : words.create}
      submit={words.save}
      action={save}
      onClose={onClose}
    >
      <TextField label={words.columns.name} value={name} name="name" problem={save.problem.value} isRequired />
      <SelectField label={words.within} value={parent} choices={placesFor(tree, branch, words.top)} />
    </FormDialog>
  );
}
