import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Resource } from '../identity/index.ts';
import { mayConnect } from '../notify/index.ts';
import { type CsvRow, readCsv, UploadError } from '../vod/upload/index.ts';
import { type Call, type Operation, OperationError, operation } from './base/index.ts';
import { line } from './schemas.ts';
import { operationErrorOf } from './trouble.ts';
import { fileNameOf, type UploadsDoor, uploadErrorOf } from './upload-operations.ts';
import { assetFields } from './upload-schemas.ts';

const MOST_ROWS = 1000;
const COLUMNS = ['url', 'object', 'title', 'description', 'tags', 'category', 'referenceId', 'kind'] as const;

const object = line(1024).min(1);
const storage = line(64).exactOptional().describe('Left out, it is upload.storage of the configuration');

const report = z
  .strictObject({
    batch: z.string().describe('What listUploads finds its uploads by'),
    dryRun: z.boolean(),
    good: z.number(),
    bad: z.number(),
    lines: z.array(
      z.strictObject({
        line: z.number().describe('Of the file, counted from 1'),
        outcome: z.enum(['good', 'created', 'known', 'bad']).describe('`known` has been in the library before'),
        title: z.string().exactOptional(),
        asset: z.string().exactOptional(),
        upload: z.string().exactOptional(),
        code: z.string().exactOptional(),
        message: z.string().exactOptional(),
      }),
    ),
  })
  .meta({ id: 'ImportReport' });

type ReportLine = z.output<typeof report>['lines'][number];

/** One row as an asset is asked for. */
const row = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address of http or https' })
    .max(2048)
    .exactOptional(),
  object: object.exactOptional(),
  title: assetFields.title.exactOptional(),
  description: assetFields.description,
  tags: assetFields.tags,
  category: z.coerce.number().int().min(1).exactOptional(),
  referenceId: assetFields.referenceId,
  kind: assetFields.kind,
});

type Row = z.output<typeof row>;

/** What is in storages already becomes assets, one by one or by a table. */
export function importOperations(door: UploadsDoor): readonly Operation[] {
  const area = 'Uploads';
  return [
    operation({
      ...{ name: 'registerObjects', area, method: 'post', path: '/assets/register', action: 'assets:upload' },
      summary: 'Makes assets of objects that are in a storage already; they stay where they are',
      body: z.strictObject({
        objects: z
          .array(z.strictObject({ ...assetFields, title: assetFields.title.exactOptional(), storage, object }))
          .min(1)
          .max(100),
      }),
      answer: z.strictObject({
        registered: z.array(z.strictObject({ object: z.string(), asset: z.string(), isNew: z.boolean() })),
        failed: z.array(z.strictObject({ object: z.string(), code: z.string(), message: z.string() })),
      }),
      run: async ({ body, ...call }) => {
        const registered: { object: string; asset: string; isNew: boolean }[] = [];
        const failed: { object: string; code: string; message: string }[] = [];
        for (const { storage: name = door.storage, ...asked } of body.objects) {
          try {
            registered.push({ object: asked.object, ...(await register(door, call, name, asked)) });
          } catch (error) {
            failed.push({ object: asked.object, ...faultOf(error) });
          }
        }
        return { registered, failed };
      },
    }),
    operation({
      ...{ name: 'importAssets', area, method: 'post', path: '/assets/import', action: 'assets:upload' },
      summary: 'Makes assets by a table: of addresses, which are fetched, and of objects in a storage',
      description: `CSV whose first line names its columns, of these: ${COLUMNS.join(', ')}; each line has a url or an object, tags are separated by semicolons. What is wrong with a line is in the report, and the other lines are done.`,
      body: z.strictObject({
        csv: z.string().min(1).max(4_000_000),
        dryRun: z.boolean().default(false).describe('Whether only the report is wanted'),
        storage,
      }),
      answer: report,
      run: async ({ body: { csv, dryRun, storage: name = door.storage }, ...call }) => {
        const batch = randomUUID();
        const seen = new Set<string>();
        const lines: ReportLine[] = [];
        for (const each of rowsOf(csv)) {
          lines.push(await imported({ door, call, storage: name, batch, dryRun, seen }, each));
        }
        const bad = lines.filter(({ outcome }) => outcome === 'bad').length;
        return { batch, dryRun, good: lines.length - bad, bad, lines };
      },
    }),
  ];
}

type Calling = Pick<Call, 'caller' | 'require' | 'done'>;

type Import = {
  readonly door: UploadsDoor;
  readonly call: Calling;
  readonly storage: string;
  readonly batch: string;
  readonly dryRun: boolean;
  readonly seen: Set<string>;
};

type NamedRow = { readonly line: number; readonly named: Readonly<Record<string, string>> };

function rowsOf(csv: string): NamedRow[] {
  const [head, ...rows] = readCsv(csv);
  const columns = head?.fields.map((name) => name.trim()) ?? [];
  const unknown = columns.find((name) => !COLUMNS.some((column) => column === name));
  const remedy = `Name the columns in the first line: ${COLUMNS.join(', ')}.`;
  if (unknown !== undefined) throw malformed(`there is no column ${JSON.stringify(unknown)}`, remedy);
  if (!columns.includes('url') && !columns.includes('object')) throw malformed('no column is url or object', remedy);
  if (rows.length > MOST_ROWS) throw malformed(`${rows.length} lines`, `Import at most ${MOST_ROWS} lines at once.`);
  return rows.map((each) => namedRow(columns, each));
}

function namedRow(columns: readonly string[], { line: at, fields }: CsvRow): NamedRow {
  const pairs = columns.map((name, index) => [name, fields[index]?.trim() ?? ''] as const);
  const extra = fields.length > columns.length ? { '': 'more fields than columns' } : {};
  return { line: at, named: { ...Object.fromEntries(pairs.filter(([, value]) => value !== '')), ...extra } };
}

async function imported(to: Import, { line: at, named }: NamedRow): Promise<ReportLine> {
  try {
    const asked = readRow(named);
    const place = asked.url ?? asked.object ?? '';
    if (to.seen.has(place)) throw malformed('the same is in a line before', 'Take one of them out.');
    to.seen.add(place);
    const title = asked.title ?? fileNameOf(asked.url ?? `http://storage/${encodeURI(place)}`);
    return { line: at, title, ...(await done(to, { ...asked, title })) };
  } catch (error) {
    return { line: at, outcome: 'bad', ...faultOf(error) };
  }
}

function readRow({ tags, ...named }: Readonly<Record<string, string>>): Row {
  const tagged =
    tags === undefined
      ? {}
      : {
          tags: tags
            .split(';')
            .map((tag) => tag.trim())
            .filter((tag) => tag !== ''),
        };
  const read = row.safeParse({ ...named, ...tagged });
  if (!read.success) {
    const [issue] = read.error.issues;
    throw malformed(`${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'is wrong'}`, 'Correct the line.');
  }
  if ((read.data.url === undefined) === (read.data.object === undefined)) {
    throw malformed('it has neither or both of url and object', 'Give one of them.');
  }
  return read.data;
}

async function done(to: Import, { url, object: name, ...asked }: Row & { title: string }) {
  const { door, call, storage: into, batch, dryRun } = to;
  const { uploads } = door;
  if (url !== undefined) {
    call.require({ kind: 'storage', storage: into, object: uploads.prefix });
    const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !mayConnect(door.fetchesBy, host)) {
      throw new UploadError('URL_REFUSED', 'the address is not a public one', 'Give a public address.');
    }
    if (dryRun) return { outcome: 'good' } as const;
    const fileName = fileNameOf(url);
    const upload = await uploads.create({
      ...asked,
      ...{ fileName, sourceUrl: url, batch, storage: into, owner: call.caller.name },
    });
    call.done({ kind: 'storage', storage: into, object: upload.object }, { upload: upload.id, batch });
    return {
      outcome: 'created',
      upload: upload.id,
      ...(upload.asset === undefined ? {} : { asset: upload.asset }),
    } as const;
  }
  const object = name ?? '';
  call.require({ kind: 'storage', storage: into, object });
  const known = await uploads.findRegistered(into, object);
  if (known !== undefined) return { outcome: 'known', asset: known } as const;
  if (dryRun) {
    await uploads.sizeOf(into, object);
    return { outcome: 'good' } as const;
  }
  const { asset } = await register(door, call, into, { ...asked, object }, batch);
  return { outcome: 'created', asset } as const;
}

type Registered = Omit<Row, 'url' | 'object'> & { readonly object: string };

async function register(door: UploadsDoor, call: Calling, into: string, asked: Registered, batch?: string) {
  const resource: Resource = { kind: 'storage', storage: into, object: asked.object };
  call.require(resource);
  const title = asked.title ?? asked.object.split('/').at(-1) ?? asked.object;
  const made = await door.uploads.register({ ...asked, title, storage: into, owner: call.caller.name, batch });
  if (made.isNew) call.done(resource, { asset: made.asset });
  return made;
}

function faultOf(error: unknown): { code: string; message: string } {
  const known = uploadErrorOf(error) ?? operationErrorOf(error);
  if (!known) throw error;
  return { code: known.code, message: `${known.message}. ${known.remedy}` };
}

function malformed(message: string, remedy: string): OperationError {
  return new OperationError(400, 'IMPORT_MALFORMED', message, remedy);
}
