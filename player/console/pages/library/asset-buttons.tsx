import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import {
  announce,
  ConfirmDialog,
  may,
  ProblemNote,
  pathOf,
  post,
  problemIn,
  remove,
  useAction,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { Asset } from './read-assets.ts';
import { libraryWords } from './words.ts';

/** Publish, block, into the trash and out of it. */
export function AssetButtons({ asset, onChanged }: { readonly asset: Asset; readonly onChanged: () => void }): VNode {
  const words = libraryWords();
  const asks = useSignal<'trash' | 'purge' | undefined>(undefined);
  const { route } = useLocation();
  const path = `/assets${pathOf(asset.id)}`;
  const decide = useAction((verdict: string) => post(`${path}/review`, { verdict }), onChanged);
  const restore = useAction(
    () => post(`${path}/restore`),
    () => {
      announce(words.restored);
      onChanged();
    },
  );
  const trash = async () => {
    const problem = problemIn(await remove(path));
    if (problem) return problem;
    announce(words.trashed);
    onChanged();
    return undefined;
  };
  const purge = async () => {
    const problem = problemIn(await post(`${path}/purge`));
    if (problem) return problem;
    announce(words.purged);
    route(hrefOf('library'));
    return undefined;
  };
  const verdict = (says: string, label: string) => (
    <button type="button" class="outline" aria-busy={decide.isBusy.value} onClick={() => void decide.run(says)}>
      {label}
    </button>
  );
  const isTrashed = asset.trashedAt !== undefined;
  return (
    <>
      <ProblemNote problem={decide.problem.value ?? restore.problem.value} />
      {!isTrashed &&
        may('assets:write') &&
        (asset.publication === 'published' ? verdict('hold', words.unpublish) : verdict('publish', words.publish))}
      {!isTrashed &&
        may('assets:write') &&
        (asset.status === 'Blocked'
          ? verdict('unblock', words.unblock)
          : asset.status === 'Normal' && verdict('block', words.block))}
      {isTrashed && may('assets:delete') && (
        <button type="button" aria-busy={restore.isBusy.value} onClick={() => void restore.run()}>
          {words.restore}
        </button>
      )}
      {!isTrashed && may('assets:delete') && (
        <button type="button" class="outline danger-outline" onClick={() => (asks.value = 'trash')}>
          {words.toTrash}
        </button>
      )}
      {isTrashed && may('assets:delete') && (
        <button type="button" class="outline danger-outline" onClick={() => (asks.value = 'purge')}>
          {words.purge}
        </button>
      )}
      {asks.value !== undefined && (
        <ConfirmDialog
          title={asks.value === 'trash' ? words.toTrashTitle : words.purgeTitle}
          confirm={asks.value === 'trash' ? words.toTrash : words.purge}
          isDangerous
          onConfirm={asks.value === 'trash' ? trash : purge}
          onClose={() => (asks.value = undefined)}
        >
          <p>{asks.value === 'trash' ? words.toTrashBody : words.purgeBody}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
