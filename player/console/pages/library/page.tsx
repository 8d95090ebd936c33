import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { FilmIcon } from '../../../icons/index.ts';
import { formatBytes } from '../../../wording/index.ts';
import {
  Busy,
  Empty,
  MoreButton,
  may,
  PageHead,
  Pill,
  ProblemNote,
  queryOf,
  SelectField,
  TextField,
  usePagedList,
  usePoll,
  useReloading,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { Cover } from './cover.tsx';
import './library.css';
import { type Asset, type Category, KINDS, PUBLICATIONS, readAssets, readCategories, STATUSES } from './read-assets.ts';
import { isMoving, statusVerdict } from './status.ts';
import { TemplateGroupField } from './template-group-field.tsx';
import { UploadPanel } from './upload-panel.tsx';
import { uploadedCount } from './uploads.ts';
import { libraryWords } from './words.ts';

const LIMIT = 48;
/** Recordings come by themselves. */
const RESTING_MS = 15_000;

/** Everything in the library, to be searched, and a place to drop more. */
export function Page(): VNode {
  const words = libraryWords();
  const search = useSignal('');
  const category = useSignal(useLocation().query.category ?? '');
  const status = useSignal('');
  const kind = useSignal('');
  const group = useSignal('');
  const publication = useSignal('');
  const shows = useSignal<'false' | 'true'>('false');
  const categories = usePoll({ path: '/asset-categories', read: readCategories }).state.value.value ?? [];
  const query = queryOf({
    ...{ limit: LIMIT, text: search.value.trim(), category: category.value, status: status.value },
    ...{ kind: kind.value, publication: publication.value, trashed: shows.value },
  });
  const assets = usePagedList({ path: `/assets${query}`, read: readAssets });
  useReloading(assets, isMoving, RESTING_MS);
  const uploaded = uploadedCount.value;
  useEffect(() => {
    if (uploaded > 0) void assets.reload();
  }, [assets, uploaded]);
  const choices = (values: readonly string[], named: Readonly<Record<string, string>>) => [
    { value: '', words: words.all },
    ...values.map((value) => ({ value, words: named[value] ?? value })),
  ];
  const { rows, cursor, problem, isLoading } = assets.state.value;
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('categories:read') && <a href={hrefOf('categories')}>{words.toCategories}</a>}
        {may('assets:upload') && <a href={hrefOf('imports')}>{words.toImport}</a>}
      </PageHead>
      {may('assets:upload') && (
        <UploadPanel
          wanted={{
            ...(category.value === '' ? {} : { category: Number(category.value) }),
            ...(group.value === '' ? {} : { templateGroup: group.value }),
          }}
        >
          <TemplateGroupField value={group} />
        </UploadPanel>
      )}
      <div class="library-tools">
        <TextField label={words.search} value={search} type="search" placeholder={words.searchHint} />
        <SelectField label={words.category} value={category} choices={categoryChoices(categories, words.all)} />
        <SelectField label={words.status} value={status} choices={choices(STATUSES, words.statuses)} />
        <SelectField label={words.kind} value={kind} choices={choices(KINDS, words.kinds)} />
        <SelectField
          label={words.publication}
          value={publication}
          choices={choices(PUBLICATIONS, words.publications)}
        />
        <SelectField
          label={words.show}
          value={shows}
          choices={[
            { value: 'false', words: words.inUse },
            { value: 'true', words: words.trash },
          ]}
        />
      </div>
      <ProblemNote problem={problem} />
      {!rows && !problem && <Busy />}
      {rows?.length === 0 && (
        <Empty title={words.none} icon={<FilmIcon />}>
          <p>{words.noneHint}</p>
        </Empty>
      )}
      <ul class="asset-grid">
        {rows?.map((asset) => (
          <li key={asset.id}>
            <AssetTile asset={asset} />
          </li>
        ))}
      </ul>
      {cursor !== undefined && <MoreButton isBusy={isLoading} onMore={() => void assets.more()} />}
    </>
  );
}

export function categoryChoices(categories: readonly Category[], none: string) {
  const indented = ({ name, level }: Category) => `${'\u2003'.repeat(level)}${name}`;
  return [{ value: '', words: none }, ...categories.map((each) => ({ value: String(each.id), words: indented(each) }))];
}

function AssetTile({ asset }: { readonly asset: Asset }): VNode {
  const words = libraryWords();
  const { id, title, kind, sizeBytes, publication, tags } = asset;
  return (
    <a class="asset-tile" href={hrefOf('library/:id', id)}>
      <Cover asset={asset} />
      <strong>{title}</strong>
      <span class="asset-facts">
        {words.kinds[kind]} · {formatBytes(sizeBytes)}
        {tags.length > 0 && ` · ${tags.join(', ')}`}
      </span>
      <span class="asset-pills">
        <Pill verdict={statusVerdict(asset)} />
        {publication !== 'published' && (
          <Pill verdict={{ words: words.publications[publication] ?? publication, tone: 'warn' }} />
        )}
      </span>
    </a>
  );
}
