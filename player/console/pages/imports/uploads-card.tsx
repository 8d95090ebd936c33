import type { VNode } from 'preact';
import { formatBytes } from '../../../wording/index.ts';
import { AnswerError, fields, number, optional, text } from '../../answers/answer-fields.ts';
import {
  ActionButton,
  Ago,
  type Column,
  type ListPage,
  may,
  PagedTable,
  Pill,
  ProblemNote,
  pathOf,
  remove,
  type Tone,
  useAction,
  usePagedList,
  useReloading,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { importWords } from './words.ts';

type Upload = {
  readonly id: string;
  readonly asset?: string;
  readonly way: string;
  readonly state: string;
  readonly object: string;
  readonly url?: string;
  readonly sizeBytes?: number;
  readonly receivedBytes: number;
  readonly failure?: string;
  readonly createdAt?: string;
};

const MOVING = ['open', 'storing', 'stored'];
const TONES: Readonly<Record<string, Tone>> = { done: 'good', failed: 'bad', expired: 'bad', aborted: 'quiet' };
const isMoving = ({ state }: Upload) => MOVING.includes(state);

/** What comes in, and what did: of browsers, of programs, and fetched from addresses. */
export function UploadsCard(): VNode {
  const words = importWords();
  const uploads = usePagedList({ path: '/uploads?limit=20', read: readUploads });
  useReloading(uploads, isMoving);
  const { what, state, came, begun, actions } = words.uploadColumns;
  const columns: readonly Column<Upload>[] = [
    {
      head: what,
      cell: ({ asset, url, object, way }) => (
        <>
          {asset === undefined ? (url ?? object) : <a href={hrefOf('library/:id', asset)}>{url ?? object}</a>}
          <br />
          <small>{words.ways[way] ?? way}</small>
        </>
      ),
    },
    {
      head: state,
      cell: (each) => (
        <>
          <Pill verdict={{ words: words.uploadStates[each.state] ?? each.state, tone: TONES[each.state] ?? 'warn' }} />
          {each.failure !== undefined && (
            <>
              <br />
              <small>{each.failure}</small>
            </>
          )}
        </>
      ),
    },
    {
      ...{ head: came, isNumber: true },
      cell: ({ receivedBytes, sizeBytes }) =>
        sizeBytes === undefined
          ? formatBytes(receivedBytes)
          : words.of(formatBytes(receivedBytes), formatBytes(sizeBytes)),
    },
    { head: begun, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    {
      ...{ head: actions, isActions: true },
      cell: (each) =>
        each.state === 'open' && may('assets:upload') && <Abort upload={each} onDone={() => void uploads.reload()} />,
    },
  ];
  return (
    <section>
      <h2>{words.uploads}</h2>
      <PagedTable
        list={uploads}
        caption={words.uploads}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="hint">{words.noUploads}</p>}
      />
    </section>
  );
}

function Abort({ upload, onDone }: { readonly upload: Upload; readonly onDone: () => void }): VNode {
  const abort = useAction(() => remove(`/uploads${pathOf(upload.id)}`), onDone);
  return (
    <>
      <ActionButton action={abort} class="outline">
        {importWords().abort}
      </ActionButton>
      <ProblemNote problem={abort.problem.value} />
    </>
  );
}

function readUploads(answer: unknown): ListPage<Upload> {
  const { uploads, nextCursor } = fields(answer);
  if (!Array.isArray(uploads)) throw new AnswerError('the answer holds no list of uploads');
  return { rows: uploads.map(readUpload), cursor: text(nextCursor) };
}

function readUpload(answer: unknown): Upload {
  const { id, asset, way, state, object, url, sizeBytes, receivedBytes, failure, createdAt } = fields(answer);
  return {
    ...{ id: text(id) ?? '', way: text(way) ?? '', state: text(state) ?? '', object: text(object) ?? '' },
    ...{ receivedBytes: number(receivedBytes) ?? 0, ...optional('sizeBytes', number(sizeBytes)) },
    ...{ ...optional('asset', text(asset)), ...optional('url', text(url)), ...optional('createdAt', text(createdAt)) },
    ...optional('failure', text(fields(failure).message)),
  };
}
