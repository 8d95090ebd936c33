import type { VNode } from 'preact';
import { useRoute } from 'preact-iso';
import { clockOf } from '../../../film/index.ts';
import { formatBitrate, formatBytes } from '../../../wording/index.ts';
import { fields, list } from '../../answers/answer-fields.ts';
import {
  announce,
  Busy,
  Card,
  type Column,
  DataTable,
  Facts,
  Moment,
  may,
  PageHead,
  Pill,
  type Polled,
  ProblemNote,
  pathOf,
  post,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { JobStatePill } from '../jobs/job-state.tsx';
import { readJobWithSteps } from '../jobs/read-jobs.ts';
import { JobSteps } from '../jobs/steps.tsx';
import { AssetButtons } from './asset-buttons.tsx';
import { AssetFilm } from './asset-film.tsx';
import { AssetForm } from './asset-form.tsx';
import './library.css';
import { type Asset, type AssetFile, readAsset, readCategories, readFiles } from './read-assets.ts';
import { ReviewLinks } from './review-links.tsx';
import { statusVerdict } from './status.ts';
import { libraryWords } from './words.ts';

const EVERY_MS = 5000;
const JOBS_EVERY_MS = 2000;

/** One asset: its picture, its files, what is done with it, and what is said of it. */
export function Page(): VNode {
  const words = libraryWords();
  const id = useRoute().params.id ?? '';
  const polled = usePoll({ path: `/assets${pathOf(id)}`, everyMs: EVERY_MS, read: readAsset });
  const categories = usePoll({ path: '/asset-categories', read: readCategories }).state.value.value ?? [];
  const { value: asset, problem } = polled.state.value;
  const files = usePoll({ path: `/assets${pathOf(id)}/files`, everyMs: EVERY_MS, read: readFiles }).state.value;
  const changed = () => void polled.askNow();
  return (
    <>
      <PageHead
        title={asset?.title ?? words.title}
        trail={<a href={hrefOf('library')}>{words.toLibrary}</a>}
        beside={asset && <AssetPills asset={asset} />}
      >
        {asset && <AssetButtons asset={asset} onChanged={changed} />}
      </PageHead>
      <ProblemNote problem={problem} />
      {!asset && !problem && <Busy />}
      {asset && (
        <div class="asset-page">
          <div>
            {asset.trashedAt === undefined && (
              <AssetFilm key={id} id={id} version={`${asset.status} ${shownCount(files.value)}`} />
            )}
            <Files {...files} />
            <Timeline id={id} />
          </div>
          <div>
            <AssetFacts asset={asset} />
            {may('assets:write') && (
              <AssetForm key={asset.id} asset={asset} categories={categories} onChanged={changed} />
            )}
            <ReviewLinks id={id} />
          </div>
        </div>
      )}
    </>
  );
}

function AssetPills({ asset }: { readonly asset: Asset }): VNode {
  const words = libraryWords();
  const tone = asset.publication === 'published' ? 'good' : 'warn';
  return (
    <>
      <Pill verdict={statusVerdict(asset)} />
      <Pill verdict={{ words: words.publications[asset.publication] ?? asset.publication, tone }} />
      {asset.trashedAt !== undefined && <Pill verdict={{ words: words.trash, tone: 'bad' }} />}
    </>
  );
}

function AssetFacts({ asset }: { readonly asset: Asset }): VNode {
  const { facts } = libraryWords();
  const { id, durationSeconds, sizeBytes, uploadedBy, createdAt, storage, trouble } = asset;
  return (
    <Card>
      <Facts
        facts={[
          [facts.id, <code key="id">{id}</code>],
          [facts.length, durationSeconds === undefined ? '–' : clockOf(durationSeconds)],
          [facts.size, formatBytes(sizeBytes)],
          [facts.by, uploadedBy],
          [facts.at, <Moment key="at" at={createdAt} />],
          [facts.storage, storage],
        ]}
      />
      {trouble !== undefined && <p class="asset-trouble">{trouble}</p>}
    </Card>
  );
}

/** How many files make a difference to the player. */
function shownCount(files: readonly AssetFile[] = []): number {
  return files.filter(({ role }) => ['rendition', 'captions', 'chapters', 'vtt'].includes(role)).length;
}

function Files({ value: files, problem }: Polled<readonly AssetFile[]>): VNode {
  const words = libraryWords();
  const { role, file, quality, size, where } = words.fileColumns;
  const columns: readonly Column<AssetFile>[] = [
    { head: role, cell: (each) => words.roles[each.role] ?? each.role },
    { head: file, cell: (each) => <code class="asset-object">{each.object}</code> },
    { head: quality, cell: qualityOf },
    { head: size, isNumber: true, cell: (each) => (each.sizeBytes > 0 ? formatBytes(each.sizeBytes) : '–') },
    { head: where, cell: (each) => each.storage },
  ];
  return (
    <Card title={words.files}>
      <ProblemNote problem={problem} />
      {files && <DataTable caption={words.files} columns={columns} rows={files} keyOf={(each) => each.id} />}
    </Card>
  );
}

function qualityOf({ definition, width, height, bitsPerSecond, encryption }: AssetFile): string {
  const parts = [
    ...(definition === undefined ? [] : [definition]),
    ...(width === undefined || height === undefined ? [] : [`${width}×${height}`]),
    ...(bitsPerSecond === undefined ? [] : [formatBitrate(bitsPerSecond / 1000)]),
    ...(encryption === undefined ? [] : [encryption]),
  ];
  return parts.length === 0 ? '–' : parts.join(' · ');
}

function readAssetJobs(answer: unknown) {
  return list(fields(answer).jobs).map(readJobWithSteps);
}

/** What was and is done with it, step by step. */
function Timeline({ id }: { readonly id: string }): VNode {
  const words = libraryWords();
  const polled = usePoll({ path: `/assets${pathOf(id)}/jobs`, everyMs: JOBS_EVERY_MS, read: readAssetJobs });
  const { value: jobs, problem } = polled.state.value;
  const again = useAction(
    () => post(`/assets${pathOf(id)}/process`),
    () => {
      announce(words.processing);
      void polled.askNow();
    },
  );
  const button = may('assets:write') && (
    <button type="button" class="outline" aria-busy={again.isBusy.value} onClick={() => void again.run()}>
      {words.process}
    </button>
  );
  return (
    <Card title={words.timeline} actions={button}>
      <ProblemNote problem={problem ?? again.problem.value} />
      {jobs?.length === 0 && <p class="hint">{words.noJobs}</p>}
      {jobs?.map((job) => (
        <section key={job.id} class="asset-job">
          <h3>
            <a href={hrefOf('jobs/:id', job.id)}>{job.kind}</a> <JobStatePill state={job.state} />
          </h3>
          <JobSteps steps={job.steps} />
        </section>
      ))}
    </Card>
  );
}
