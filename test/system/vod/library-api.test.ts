import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';
import { makeFilm } from '../../support/media.ts';

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

const PASSWORD = 'correct horse battery';
let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;

beforeAll(async () => {
  home = await tempDir('library-api');
  mkdirSync(join(home.path, 'films'));
  const env = { HEADWATER_RECORDINGS_DIR: home.path, HEADWATER_LIBRARY_NEW_ASSETS: 'review' };
  [server] = await Promise.all([
    startHeadwater({ env }),
    makeFilm(join(home.path, 'films', 'final.mp4'), { seconds: 2, size: '160x90' }),
  ]);
  await until('the database is there', async () => (await ask('GET', '/assets')).status === 200);
});
afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { secrets, controlPort } = server;
  const response = await fetch(`http://127.0.0.1:${controlPort}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${secrets.adminPassword}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
}

it('registers what is in a storage, processes, reviews, finds and deletes it', async () => {
  const news = (await ask('POST', '/asset-categories', { name: 'News' })).body.id as number;
  const about = {
    storage: 'recordings',
    object: 'films/final.mp4',
    title: 'The Final',
    tags: ['tennis'],
    category: news,
  };
  const made = await ask('POST', '/assets', about);
  expect(made).toMatchObject({ status: 201, body: { publication: 'review', title: 'The Final', category: news } });
  const id = String(made.body.id);
  expect((await ask('POST', '/assets', about)).body.id).toBe(id);
  expect(await ask('POST', '/assets', { ...about, object: 'films/none.mp4' })).toMatchObject({
    ...{ status: 404, body: { code: 'OBJECT_NOT_FOUND' } },
  });
  await until('it is processed', async () => (await ask('GET', `/assets/${id}`)).body.status === 'Normal', 150_000);
  const jobs = (await ask('GET', `/assets/${id}/jobs`)).body.jobs as { state: string; steps: { name: string }[] }[];
  expect(jobs.map(({ state }) => state)).toEqual(['succeeded']);

  const link = (await ask('POST', `/assets/${id}/links`, { note: 'Bob', hours: 1 })).body;
  expect((await ask('POST', '/review-links/open', { token: link.token })).body.id).toBe(id);
  expect((await ask('DELETE', `/assets/${id}/links/${String(link.id)}`)).status).toBe(204);
  expect((await ask('POST', '/review-links/open', { token: link.token })).status).toBe(410);

  const reviewed = await ask('POST', `/assets/${id}/review`, { verdict: 'publish', note: 'fine' });
  expect(reviewed.body).toMatchObject({ publication: 'published', review: { note: 'fine' } });
  const found = async (query: string) =>
    ((await ask('GET', `/assets?${query}`)).body.assets as { id: string }[]).length;
  expect(await found('text=fin')).toBe(1);
  expect(await found(`match=${encodeURIComponent(`CateId = ${news} and Duration = [1,5]`)}`)).toBe(1);
  expect(await found(`category=${news}&status=Normal&tag=tennis`)).toBe(1);
  expect(await found('text=nothing')).toBe(0);
  expect((await ask('GET', '/assets?match=Title')).body).toMatchObject({ code: 'MATCH_MALFORMED' });
  expect((await ask('PATCH', `/assets/${id}`, { title: 'Last', category: null })).body).not.toHaveProperty('category');
  expect(await ask('DELETE', `/asset-categories/${news}`)).toMatchObject({ status: 204 });

  expect((await ask('DELETE', `/assets/${id}`)).status).toBe(204);
  expect([await found('text=last'), await found('text=last&trashed=true')]).toEqual([0, 1]);
  expect((await ask('POST', `/assets/${id}/restore`)).body).not.toHaveProperty('trashedAt');
  expect((await ask('POST', `/assets/${id}/purge`)).status).toBe(204);
  expect((await ask('GET', `/assets/${id}`)).status).toBe(404);
});

it('shows and changes only what is in categories that somebody has rights to', async () => {
  const [sport, film] = await Promise.all(
    ['Sport', 'Film'].map(async (name) => (await ask('POST', '/asset-categories', { name })).body.id as number),
  );
  const tennis = (await ask('POST', '/asset-categories', { name: 'Tennis', parent: sport })).body.id as number;
  await makeFilm(join(home.path, 'films', 'a.mp4'), { seconds: 1, size: '160x90' });
  await makeFilm(join(home.path, 'films', 'b.mp4'), { seconds: 1, size: '160x90' });
  const group = { templateGroup: 'VOD_NO_TRANSCODE', storage: 'recordings' };
  const a = (await ask('POST', '/assets', { ...group, object: 'films/a.mp4', category: tennis })).body.id;
  const b = (await ask('POST', '/assets', { ...group, object: 'films/b.mp4', category: film })).body.id;
  const grants = [{ role: 'monitor', resources: [`category/${sport}`] }];
  const user = await ask('POST', '/users', { name: 'sportsman', password: PASSWORD, grants });
  expect(user.status).toBe(201);
  const as = { authorization: `Basic ${Buffer.from(`sportsman:${PASSWORD}`).toString('base64')}` };
  const seen = (await ask('GET', '/assets', undefined, as)).body.assets as { id: string }[];
  expect(seen.map(({ id }) => id)).toEqual([a]);
  expect((await ask('GET', `/assets/${String(a)}`, undefined, as)).status).toBe(200);
  expect((await ask('GET', `/assets/${String(b)}`, undefined, as)).status).toBe(403);
  expect((await ask('PATCH', `/assets/${String(a)}`, { title: 'x' }, as)).status).toBe(403);
});
