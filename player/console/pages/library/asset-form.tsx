import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  announce,
  Card,
  ProblemNote,
  patch,
  pathOf,
  SelectField,
  TextAreaField,
  TextField,
  useAction,
} from '../../kit/index.ts';
import { categoryChoices } from './page.tsx';
import type { Asset, Category } from './read-assets.ts';
import { TemplateGroupField } from './template-group-field.tsx';
import { libraryWords } from './words.ts';

/** What people say of an asset, to be changed. */
export function AssetForm(props: {
  readonly asset: Asset;
  readonly categories: readonly Category[];
  readonly onChanged: () => void;
}): VNode {
  const { asset, categories, onChanged } = props;
  const words = libraryWords();
  const title = useSignal(asset.title);
  const description = useSignal(asset.description);
  const tags = useSignal(asset.tags.join(', '));
  const category = useSignal(asset.category === undefined ? '' : String(asset.category));
  const group = useSignal(asset.templateGroup ?? '');
  const save = useAction(
    () =>
      patch(`/assets${pathOf(asset.id)}`, {
        ...{ title: title.value.trim(), description: description.value },
        tags: tags.value
          .split(/[,，]/)
          .map((each) => each.trim())
          .filter((each) => each !== ''),
        category: category.value === '' ? null : Number(category.value),
        templateGroup: group.value === '' ? null : group.value,
      }),
    () => {
      announce(words.saved);
      onChanged();
    },
  );
  const problem = save.problem.value;
  return (
    <Card title={words.edit}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <TextField label={words.fieldTitle} value={title} name="title" problem={problem} isRequired />
        <TextAreaField label={words.description} value={description} name="description" problem={problem} rows={3} />
        <TextField label={words.tags} value={tags} name="tags" problem={problem} hint={words.tagsHint} />
        <SelectField
          label={words.category}
          value={category}
          name="category"
          problem={problem}
          choices={categoryChoices(categories, words.noCategory)}
        />
        <TemplateGroupField value={group} name="templateGroup" problem={problem} hint={words.groupHint} />
        <ProblemNote problem={problem} />
        <button type="submit" aria-busy={save.isBusy.value}>
          {words.save}
        </button>
      </form>
    </Card>
  );
}
