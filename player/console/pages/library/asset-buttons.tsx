import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { announce, ConfirmButton, may, ProblemNote, pathOf, post, remove, useAction } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { Asset } from './read-assets.ts';
import { libraryWords } from './words.ts';

/** Publish, block, into the trash and out of it. */
export function AssetButtons({ asset, onChanged }: { readonly asset: Asset; readonly onChanged: () => void }): VNode {
  const words = libraryWords();
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
        <ConfirmButton
          key="trash"
          label={words.toTrash}
          title={words.toTrashTitle}
          act={() => remove(path)}
          onDone={() => {
            announce(words.trashed);
            onChanged();
          }}
        >
          <p>{words.toTrashBody}</p>
        </ConfirmButton>
      )}
      {isTrashed && may('assets:delete') && (
        <ConfirmButton
          key="purge"
          label={words.purge}
          title={words.purgeTitle}
          act={() => post(`${path}/purge`)}
          onDone={() => {
            announce(words.purged);
            route(hrefOf('library'));
          }}
        >
          <p>{words.purgeBody}</p>
        </ConfirmButton>
      )}
    </>
  );
}
