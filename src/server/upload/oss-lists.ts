import type { ServerResponse } from 'node:http';
import { checkPrefix, type ObjectInfo } from '../../storage/index.ts';
import { checkMay, type OssCaller } from './oss-caller.ts';
import { objectTag } from './oss-objects.ts';
import { type Xml, xmlDocument } from './oss-xml.ts';
import type { UploadDoor } from './upload-door.ts';

const MOST = 1000;
const USUAL = 100;

type Query = ReadonlyMap<string, string>;

/** ListObjects, and with `list-type=2` ListObjectsV2. */
export async function answerList(
  { storages }: UploadDoor,
  who: OssCaller,
  query: Query,
  response: ServerResponse,
): Promise<void> {
  const prefix = checkPrefix(query.get('prefix') ?? '');
  checkMay(who, 'list', prefix);
  const isSecond = query.get('list-type') === '2';
  const token = query.get('continuation-token');
  const continued = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  const after = continued ?? query.get(isSecond ? 'start-after' : 'marker') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? USUAL) || 0, MOST);
  const delimiter = query.get('delimiter') ?? '';
  const page = await pageOf(storages.get(who.target.bucket).list(prefix, { after }), {
    ...{ prefix, delimiter, limit, after },
  });
  const shown = query.get('encoding-type') === 'url' ? encodeURIComponent : (name: string) => name;
  const next = page.next;
  const places: Xml = isSecond
    ? {
        ...{ StartAfter: shown(query.get('start-after') ?? ''), ContinuationToken: token },
        NextContinuationToken: next && Buffer.from(next).toString('base64url'),
        KeyCount: page.objects.length + page.prefixes.length,
      }
    : { Marker: shown(query.get('marker') ?? ''), NextMarker: next && shown(next) };
  const body: Xml = {
    ...{ Name: who.target.bucket, Prefix: shown(prefix), MaxKeys: limit, Delimiter: shown(delimiter) },
    ...(places as object),
    ...{ EncodingType: query.get('encoding-type'), IsTruncated: next !== undefined },
    Contents: page.objects.map((info) => ({
      ...{ Key: shown(info.name), LastModified: new Date(info.modifiedAtMs).toISOString() },
      ...{ ETag: `"${objectTag(info)}"`, Type: 'Normal', Size: info.sizeBytes, StorageClass: 'Standard' },
      // Clients take it for granted.
      Owner: { ID: 'headwater', DisplayName: 'headwater' },
    })),
    CommonPrefixes: page.prefixes.map((each) => ({ Prefix: shown(each) })),
  };
  send(response, xmlDocument('ListBucketResult', body));
}

/** ListMultipartUploads. */
export async function answerUploads(
  { uploads }: UploadDoor,
  who: OssCaller,
  query: Query,
  response: ServerResponse,
): Promise<void> {
  const prefix = checkPrefix(query.get('prefix') ?? '');
  checkMay(who, 'list', prefix);
  const limit = Math.min(Number(query.get('max-uploads') ?? MOST) || 0, MOST);
  const found = await uploads.sessions.multiparts(who.target.bucket, prefix, limit + 1);
  const Upload = found.slice(0, limit).map(({ object, id, createdAt }) => ({
    ...{ Key: object, UploadId: id.replaceAll('-', '').toUpperCase(), Initiated: createdAt.toISOString() },
  }));
  const body = { Bucket: who.target.bucket, Prefix: prefix, MaxUploads: limit, IsTruncated: found.length > limit };
  send(response, xmlDocument('ListMultipartUploadsResult', { ...body, Upload }));
}

type Paging = { readonly prefix: string; readonly delimiter: string; readonly limit: number; readonly after: string };

/** What is behind the delimiter is one entry for all that begin alike. */
async function pageOf(names: AsyncIterable<ObjectInfo>, { prefix, delimiter, limit, after }: Paging) {
  const objects: ObjectInfo[] = [];
  const prefixes: string[] = [];
  let last = '';
  for await (const info of names) {
    const cut = delimiter === '' ? -1 : info.name.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : info.name.slice(0, cut + delimiter.length);
    if (common !== undefined && (common === prefixes.at(-1) || after.startsWith(common))) {
      last = info.name;
      continue;
    }
    if (objects.length + prefixes.length >= limit) return { objects, prefixes, next: last };
    if (common === undefined) objects.push(info);
    else prefixes.push(common);
    last = info.name;
  }
  return { objects, prefixes, next: undefined };
}

function send(response: ServerResponse, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, { 'Content-Type': 'application/xml', 'Content-Length': body.length }).end(body);
}
