import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, until } from '../../support/index.ts';
import { type Asked, bytesOf, post, settled, startUploadServer } from '../../support/uploads.ts';

type Report = {
  readonly batch: string;
  readonly good: number;
  readonly bad: number;
  readonly lines: readonly {
    readonly line: number;
    readonly outcome: string;
    readonly asset?: string;
    readonly upload?: string;
    readonly code?: string;
    readonly message?: string;
  }[];
};

const film = bytesOf(3_000_000);
let server: Headwater;
let web: { readonly origin: string; close(): void };
const asked: { readonly path: string; readonly range: string | undefined }[] = [];

beforeAll(async () => {
  let breaks = 1;
  web = await startWeb((request, response) => {
    const { range } = request.headers;
    asked.push({ path: request.url ?? '', range });
    if (request.url === '/moved') return void response.writeHead(302, { location: '/film.mp4' }).end();
    if (request.url === '/inside') return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
    if (request.url !== '/film.mp4' && request.url !== '/breaks.mp4') return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const headers = { etag: '"film"', 'content-length': film.bytes.length - from };
    const content = { 'content-range': `bytes ${from}-${film.bytes.length - 1}/${film.bytes.length}` };
    response.writeHead(range === undefined ? 200 : 206, range === undefined ? headers : { ...headers, ...content });
    if (request.url === '/breaks.mp4' && breaks-- > 0)
      response.write(film.bytes.subarray(0, 1_000_000), () => response.destroy());
    else response.end(film.bytes.subarray(from));
  });
  server = await startUploadServer({ env: { HEADWATER_UPLOAD_FETCH_PRIVATE: 'on' } });
});
afterAll(async () => {
  await server?.stop();
  web?.close();
});

const recordings = () => join(server.dataDir, '..', 'recordings');

function fetchUrl(path: string, more: object = {}): Promise<Asked['upload']> {
  return server.api<Asked['upload']>('/uploads/fetch', post({ title: path, url: `${web.origin}${path}`, ...more }));
}

type Event = {
  readonly kind: string;
  readonly data: { media?: { asset?: { id: string }; fetch?: object; failure?: object } };
};

/** What was told of an asset, but for its making. */
async function toldOf(asset: string): Promise<Event[]> {
  const { events } = await server.api<{ events: Event[] }>('/events?after=0&limit=1000');
  return events.filter(({ kind, data }) => data.media?.asset?.id === asset && kind !== 'asset_changed');
}

describe('an upload by address', () => {
  it('is fetched, over a redirect', async () => {
    const { id, object, asset } = await fetchUrl('/moved', { sha256: film.sha256, fileName: 'a.mp4' });
    expect(await settled(server, id)).toMatchObject({ state: 'done', sha256: film.sha256 });
    expect((await readFile(join(recordings(), object))).equals(film.bytes)).toBe(true);
    const [fetched, uploaded] = await toldOf(asset);
    expect(fetched).toMatchObject({ kind: 'asset_fetched', data: { media: { fetch: { upload: id } } } });
    expect(uploaded).toMatchObject({ kind: 'asset_uploaded', data: { media: { file: { object } } } });
  });

  it('goes on where it broke off', async () => {
    const { id, object } = await fetchUrl('/breaks.mp4');
    expect(await settled(server, id)).toMatchObject({ state: 'done', receivedBytes: film.bytes.length });
    expect((await readFile(join(recordings(), object))).equals(film.bytes)).toBe(true);
    expect(asked.filter(({ path }) => path === '/breaks.mp4').at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it.each([
    ['/none', 'URL_REFUSED'],
    ['/inside', 'URL_REFUSED'],
    ['/loop', 'URL_REFUSED'],
  ])('fails for good at %s', async (path, code) => {
    const { id, asset } = await fetchUrl(path);
    expect(await settled(server, id)).toMatchObject({ state: 'failed', failure: { code } });
    const [fetched] = await until('it is told', async () => (await toldOf(asset)).length > 0 && toldOf(asset));
    expect(fetched).toMatchObject({
      kind: 'asset_fetched',
      data: { media: { failure: { code }, fetch: { upload: id } } },
    });
  });
});

describe('an import', () => {
  it('says of each line what would be, then what was done; the wrong ones keep nobody from the others', async () => {
    await mkdir(join(recordings(), 'old'), { recursive: true });
    await writeFile(join(recordings(), 'old/one.mp4'), 'one');
    await writeFile(join(recordings(), 'old/two.mp4'), 'two');
    const csv = [
      'url,object,title,tags,category',
      `${web.origin}/film.mp4,,"A film, fetched",news;sport,`,
      ',old/one.mp4,One,,',
      ',old/none.mp4,None,,',
      'ftp://example.com/a.mp4,,FTP,,',
      'http://169.254.169.254/latest,,Metadata,,',
      `${web.origin}/film.mp4,old/two.mp4,Both,,`,
      ',old/two.mp4,Bad category,,x',
      ',old/one.mp4,Twice,,',
      ',../../etc/passwd,Escape,,',
    ].join('\n');
    const dry = await server.api<Report>('/assets/import', post({ csv, dryRun: true }));
    expect(dry.lines.map(({ outcome }) => outcome)).toEqual(['good', 'good', ...Array(7).fill('bad')]);
    expect((await server.api<{ uploads: object[] }>(`/uploads?batch=${dry.batch}`)).uploads).toEqual([]);
    const report = await server.api<Report>('/assets/import', post({ csv }));
    expect(report).toMatchObject({ good: 2, bad: 7 });
    expect(report.lines.map(({ line, outcome, code }) => [line, outcome, code])).toEqual([
      [2, 'created', undefined],
      [3, 'created', undefined],
      [4, 'bad', 'UPLOAD_NOT_FOUND'],
      [5, 'bad', 'IMPORT_MALFORMED'],
      [6, 'bad', 'URL_REFUSED'],
      [7, 'bad', 'IMPORT_MALFORMED'],
      [8, 'bad', 'IMPORT_MALFORMED'],
      [9, 'bad', 'IMPORT_MALFORMED'],
      [10, 'bad', 'OBJECT_NAME_INVALID'],
    ]);
    expect(await settled(server, report.lines[0]!.upload!)).toMatchObject({ state: 'done' });
    const again = await server.api<Report>('/assets/import', post({ csv: 'object\nold/one.mp4' }));
    expect(again.lines).toEqual([expect.objectContaining({ outcome: 'known', asset: report.lines[1]!.asset })]);
    await expect(server.api('/assets/import', post({ csv: 'name\nx' }))).rejects.toThrow('IMPORT_MALFORMED');
  });

  it('registers what is there where it is, once', async () => {
    await writeFile(join(recordings(), 'old/three.mp4'), 'three');
    const objects = [{ object: 'old/three.mp4' }, { object: 'old/nothing.mp4' }];
    type Answer = { registered: { asset: string; isNew: boolean }[]; failed: { code: string }[] };
    const first = await server.api<Answer>('/assets/register', post({ objects }));
    expect(first.registered).toEqual([expect.objectContaining({ isNew: true })]);
    expect(first.failed).toEqual([expect.objectContaining({ code: 'UPLOAD_NOT_FOUND' })]);
    const second = await server.api<Answer>('/assets/register', post({ objects: objects.slice(0, 1) }));
    expect(second.registered).toEqual([{ ...first.registered[0], isNew: false }]);
    expect(await readFile(join(recordings(), 'old/three.mp4'), 'utf8')).toBe('three');
  });
});

describe('by default', () => {
  it('addresses of one’s own network are not fetched from', async () => {
    const guarded = await startUploadServer();
    try {
      const body = post({ title: 'x', url: `${web.origin}/film.mp4` });
      const { id } = await guarded.api<Asked['upload']>('/uploads/fetch', body);
      expect(await settled(guarded, id)).toMatchObject({ state: 'failed', failure: { code: 'URL_REFUSED' } });
      const named = await guarded.api<Asked['upload']>(
        '/uploads/fetch',
        post({ title: 'x', url: web.origin.replace('127.0.0.1', 'localhost') }),
      );
      expect(await settled(guarded, named.id)).toMatchObject({ state: 'failed', failure: { code: 'URL_REFUSED' } });
    } finally {
      await guarded.stop();
    }
  });
});

async function startWeb(listener: RequestListener) {
  const web = createServer(listener).listen(0, '127.0.0.1');
  await once(web, 'listening');
  return { origin: `http://127.0.0.1:${(web.address() as AddressInfo).port}`, close: () => web.close() };
}
