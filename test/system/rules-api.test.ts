import { readFile, writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { run } from '../../src/cli/index.ts';
import { HIDDEN } from '../../src/rules/index.ts';
import { codeAt, http } from '../support/http.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir, until } from '../support/index.ts';
import { RtmpPublisher } from '../support/rtmp-publisher.ts';

type Json = Readonly<Record<string, unknown>>;
type Answer<T> = { readonly status: number; readonly etag: string; readonly body: T };
type Person = <T = Json>(method: string, path: string, body?: unknown, headers?: Json) => Promise<Answer<T>>;
type Rules = { readonly revision: number; readonly rules: { readonly domains: readonly Json[] } };
type Revisions = { readonly revisions: readonly { readonly number: number; readonly author: string }[] };

const PLAY_KEY = 'play-key-of-the-first-domain';
const STREAM_KEY = 'stream-key-of-the-first-domain';
const DOMAIN = { name: 'a.test', ingest: ['push.a.test'], play: { auth: { type: 'type_a', key1: PLAY_KEY } } };

let home: { readonly path: string; remove(): Promise<void> };
let server: Headwater;
let admin: Person;
let operator: Person;
let manager: Person;

beforeAll(async () => {
  home = await tempDir('rules-api');
  server = await startHeadwater({
    dataDir: `${home.path}/data`,
    rules: { templates: [{ name: 'in-file', video: { shortSide: 360 } }] },
    env: { HEADWATER_CONTROL_SECOND_PERSON: 'delete-domain,callback-urls' },
  });
  admin = person(`Bearer ${server.secrets.adminPassword}`);
  await until('the first revision', async () => (await admin<Rules>('GET', '/rules')).body.revision === 1);
  operator = await withRole('olga', [{ role: 'operator' }]);
  manager = await withRole('mia', [{ role: 'domain-manager', resources: ['domain/a.test'] }]);
});
afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

function person(authorization: string): Person {
  return async <T>(method: string, path: string, body?: unknown, headers: Json = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const etag = response.headers.get('etag') ?? '';
    return { status: response.status, etag, body: (text === '' ? {} : JSON.parse(text)) as T };
  };
}

/** Somebody with a role, and the access key that they use. */
async function withRole(name: string, grants: readonly object[]): Promise<Person> {
  const { body: user } = await admin('POST', '/users', { name, grants });
  const { body: key } = await admin('POST', '/access-keys', { userId: user.id });
  return person(`Basic ${Buffer.from(`${key.id}:${key.secret}`).toString('base64')}`);
}

const latest = async () => (await admin<Rules>('GET', '/rules')).body.revision;

describe('rules through the API', () => {
  it('are made and read object by object, each change a revision that says who, when and what', async () => {
    const made = await admin('POST', '/domains?reason=a%20new%20customer', DOMAIN);
    expect(made).toMatchObject({ status: 201, body: { origin: 'api', name: 'a.test' } });
    expect(await admin('POST', '/domains', DOMAIN)).toMatchObject({ status: 409, body: { code: 'ALREADY_THERE' } });
    const read = await admin('GET', '/domains/a.test');
    expect(read).toMatchObject({ status: 200, etag: made.etag, body: { play: { auth: { key1: PLAY_KEY } } } });
    const key = { id: 'a', key: STREAM_KEY, match: { domain: 'a.test' } };
    expect((await admin('POST', '/stream-keys', key)).status).toBe(201);
    expect((await admin<Revisions>('GET', '/rules/revisions')).body.revisions.slice(0, 2)).toMatchObject([
      { number: 3, author: 'admin', isCurrent: true },
      { number: 2, author: 'admin', reason: 'a new customer', isCurrent: false },
    ]);
    const { body } = await admin('GET', '/rules/revisions/2/diff');
    expect(body.changes).toMatchObject([{ path: 'domains[a.test]', before: null, after: { name: 'a.test' } }]);
  });

  it('are refused with the places of the object that was sent, and where nothing is changed make no revision', async () => {
    const before = await latest();
    const wrong = { ...DOMAIN, play: { auth: { type: 'type_a', kye1: 'x' } } };
    expect(await admin('PUT', '/domains/a.test', wrong)).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ path: 'body.play.auth.kye1' })]) },
    });
    const rule = { match: { domain: 'a.test' }, transcode: { templates: ['nothing'] } };
    expect(await admin('POST', '/stream-rules', rule)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_RULES', errors: [{ path: 'body.transcode.templates.0' }] },
    });
    expect(await admin('POST', '/domains', { name: 'b.test', aliases: ['push.a.test'] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body.aliases.0', message: expect.stringContaining('a.test') }] },
    });
    expect((await admin('PUT', '/domains/a.test', DOMAIN)).status).toBe(200);
    expect(await latest()).toBe(before);
  });

  it('are found by their tags', async () => {
    const tagged = { name: 'tagged-template', tags: { team: 'shop' }, video: { shortSide: 240 } };
    expect((await admin('POST', '/templates', tagged)).status).toBe(201);
    const named = async (tag: string) =>
      (await admin<{ templates: Json[] }>('GET', `/templates?tag=${tag}`)).body.templates.map(({ name }) => name);
    expect(await named('team')).toEqual(['tagged-template']);
    expect(await named('team:shop')).toEqual(['tagged-template']);
    expect(await named('team:other')).toEqual([]);
    expect((await admin('DELETE', '/templates/tagged-template')).status).toBeLessThan(300);
  });

  it('of the rules file can be read and not changed', async () => {
    expect(await admin('GET', '/templates/in-file')).toMatchObject({ status: 200, body: { origin: 'file' } });
    const check = { kind: 'templates', object: { name: 'in-file', video: { shortSide: 480 } } };
    expect((await admin('POST', '/rules/check', check)).body).toMatchObject({
      ...{ ok: false, changes: [] },
      errors: [{ path: 'body.object', message: expect.stringContaining('in-file stands in the rules file') }],
    });
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { name: 'in-file' } : undefined;
      expect(await admin(method, '/templates/in-file', body)).toMatchObject({
        status: 409,
        body: { code: 'FILE_OBJECT', remedy: 'Change the rules file.' },
      });
    }
  });

  it('for streams have ids, by which each of a list is found, and which may be sent back', async () => {
    const made = await admin('POST', '/stream-rules', { match: { app: 'with/slash', stream: 'a*' } });
    expect(made).toMatchObject({ status: 201, body: { id: '*~with!slash~a*' } });
    const { streamRules } = (await admin<{ streamRules: Json[] }>('GET', '/stream-rules')).body;
    for (const { id } of streamRules) {
      const path = `/stream-rules/${encodeURIComponent(String(id))}`;
      const { status, body, etag } = await admin('GET', path);
      expect([status, body.id]).toEqual([200, id]);
      expect((await admin('PUT', path, body, { 'if-match': etag })).status).toBe(200);
      expect((await admin('POST', '/rules/check', { kind: 'streams', object: body })).body).toMatchObject({ ok: true });
    }
    expect((await admin('DELETE', `/stream-rules/${encodeURIComponent(String(made.body.id))}`)).status).toBe(204);
  });

  it('of one stream are told with the rules that make them, and a check says what it would touch', async () => {
    const rule = { match: { domain: 'a.test', app: 'prod/one' }, hls: { segmentSeconds: 4 } };
    expect((await admin('POST', '/stream-rules', rule)).status).toBe(201);
    expect(await admin('GET', '/rules/effective?domain=a.test&app=prod/one&stream=x')).toMatchObject({
      body: { settings: { hls: { segmentSeconds: 4, partMs: 300 } }, rules: [{ id: 'a.test~prod!one~*' }] },
    });
    const object = { ...rule, hls: { segmentSeconds: 5 } };
    expect((await admin('POST', '/rules/check', { kind: 'streams', object })).body).toMatchObject({
      ...{ ok: true, touches: [] },
      changes: [{ path: 'streams[a.test prod/one *].hls.segmentSeconds', before: 4, after: 5 }],
    });
    expect((await admin('POST', '/rules/check', { kind: 'streams', object: { hls: 1 } })).body).toMatchObject({
      ok: false,
      errors: [{ path: expect.stringMatching(/^body\.streams\.1\.hls/) }],
    });
  });
});

describe('two operators', () => {
  it('who edit one object: one wins, the other is told who changed what', async () => {
    const { etag } = await admin('GET', '/domains/a.test');
    const mine = { ...DOMAIN, limits: { viewers: 100 } };
    expect((await manager('PUT', '/domains/a.test?reason=more', mine, { 'if-match': etag })).status).toBe(200);
    const theirs = { ...DOMAIN, limits: { viewers: 7 } };
    expect(await admin('PUT', '/domains/a.test', theirs, { 'if-match': etag })).toMatchObject({
      status: 412,
      body: {
        ...{ code: 'PRECONDITION_FAILED', title: expect.stringContaining('mia at 20') },
        errors: [{ path: 'domains[a.test].limits.viewers', message: '0 became 100' }],
      },
    });
  });

  it('who edit the document: the same', async () => {
    const { etag, body } = await admin<Rules>('GET', '/rules');
    const rules = { ...body.rules, unknownHosts: 'refuse' };
    expect(await admin('PUT', '/rules', rules)).toMatchObject({ status: 428 });
    const stale = `"${body.revision - 1}"`;
    expect(await admin('PUT', '/rules', rules, { 'if-match': stale })).toMatchObject({
      status: 412,
      body: { title: expect.stringContaining('mia'), errors: [{ path: 'domains[a.test].limits.viewers' }] },
    });
    expect(await admin('PUT', '/rules', rules, { 'if-match': etag })).toMatchObject({
      status: 200,
      body: { changes: [{ path: 'unknownHosts', before: null, after: 'refuse' }] },
    });
  });

  it('go back to a revision', async () => {
    const now = await latest();
    expect(await admin('POST', `/rules/revisions/${now - 1}/rollback`)).toMatchObject({
      body: { revision: now + 1, changes: [{ path: 'unknownHosts', before: 'refuse', after: null }] },
    });
    expect(await admin('POST', '/rules/revisions/9999/rollback')).toMatchObject({ status: 404 });
  });
});

describe('keys', () => {
  it('are hidden from whoever may not see them, and kept when they are sent back so', async () => {
    const { body } = await operator<{ play: { auth: Json } }>('GET', '/domains/a.test');
    expect(body.play.auth.key1).toBe(HIDDEN);
    const texts = await Promise.all(
      ['/rules', '/domains', '/stream-keys', '/inventory', '/rules/revisions/2', '/rules/revisions/2/diff'].map(
        (path) => operator('GET', path).then((answer) => JSON.stringify(answer.body)),
      ),
    );
    for (const text of texts) expect(text).not.toMatch(`${PLAY_KEY}|${STREAM_KEY}`);
    const sent = { ...body, limits: { viewers: 50 } };
    expect((await admin('PUT', '/domains/a.test', sent)).body).toMatchObject({ play: { auth: { key1: PLAY_KEY } } });
    const moved = { ...body, name: 'c.test', ingest: [] };
    expect(await admin('POST', '/domains', moved)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body.play.auth.key1' }] },
    });
  });

  it('are rotated without a gap: a backup, then promoted', async () => {
    await until('the age of the key is known', async () => {
      const { body } = await admin<{ domains: { name: string; keys: Json[] }[] }>('GET', '/inventory');
      return body.domains.find(({ name }) => name === 'a.test')?.keys[0]?.since !== undefined;
    });
    const rotate = () => manager('POST', '/domains/a.test/keys/rotate', { kind: 'play' });
    const { body: first } = await rotate();
    expect(first).toMatchObject({ step: 'add-backup', main: PLAY_KEY, backup: expect.stringMatching(/^\w{32}$/) });
    expect((await rotate()).body).toMatchObject({ step: 'promote', main: first.backup, backup: PLAY_KEY });
    expect(await operator('POST', '/domains/a.test/keys/rotate', { kind: 'play' })).toMatchObject({ status: 403 });
  });
});

describe('hosts', () => {
  it('that are for playing are not pushed to, and the reverse, with that reason', async () => {
    const split = { tcUrl: 'rtmp://a.test/live', app: 'live', streamName: `x?key=${STREAM_KEY}` };
    const push = RtmpPublisher.open({ port: server.rtmpPort, path: '', split });
    await expect(push).rejects.toThrow('a.test: this host name is for playing only. Push to push.a.test');
    const { status, text } = await http(`${server.playback}/live/x.flv`, { host: 'push.a.test' });
    expect([status, JSON.parse(text)]).toMatchObject([
      404,
      { code: 'INGEST_HOST', remedy: expect.stringContaining('a.test') },
    ]);
  });

  it('that are aliases are counted, until their date', async () => {
    const [soon, past] = ['2100-01-01T00:00:00Z', '2026-01-01T00:00:00Z'];
    const aliases = ['www.a.test', { name: 'old.a.test', until: soon }, { name: 'gone.a.test', until: past }];
    const { body } = await admin('GET', '/domains/a.test');
    expect((await admin('PUT', '/domains/a.test', { ...body, aliases })).status).toBe(200);
    const code = async (host: string) => codeAt(`${server.playback}/live/x.flv`, { host });
    expect(await Promise.all(['old.a.test', 'www.a.test', 'gone.a.test'].map(code))).toEqual([
      'SIGNATURE_MISSING',
      'SIGNATURE_MISSING',
      'ALIAS_OVER',
    ]);
    expect((await admin('GET', '/domains/a.test')).body.aliasUse).toMatchObject([
      { name: 'www.a.test', requests: 1, addresses: 1 },
      { name: 'old.a.test', requests: 1, lastUsedAt: expect.stringMatching(/^20/) },
      { name: 'gone.a.test', requests: 0 },
    ]);
    expect(await server.metric('headwater_alias_requests_total{domain="a.test",alias="old.a.test"}')).toBe(1);
  });
});

describe('rules as code', () => {
  it('are exported, changed and applied once', async () => {
    const file = `${home.path}/code.yml`;
    const config = `${home.path}/config.yml`;
    await writeFile(config, `dataDir: ${home.path}/data\n`);
    const cli = (...args: string[]) => run([...args, '--config', config]);
    expect(await cli('export', '--out', file)).toBe(0);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('name: a.test');
    expect(text).not.toMatch(`${PLAY_KEY}|${STREAM_KEY}|${server.secrets.pushKey}`);
    const now = await latest();
    expect(await cli('apply', file)).toBe(0);
    await writeFile(file, text.replace('viewers: 50', 'viewers: 50\n        publishers: 9'));
    expect(await cli('apply', file, '--dry-run')).toBe(0);
    expect(await latest()).toBe(now);
    expect(await cli('apply', file, '--reason', 'as code')).toBe(0);
    expect(await cli('apply', file)).toBe(0);
    expect(await admin<Revisions>('GET', `/rules/revisions/${now + 1}/diff`)).toMatchObject({
      body: { changes: [{ path: 'domains[a.test].limits.publishers', before: 0, after: 9 }] },
    });
    expect((await admin<Revisions>('GET', '/rules/revisions')).body.revisions[0]).toMatchObject({
      ...{ number: now + 1, reason: 'as code' },
    });
    await writeFile(file, 'format: 1\nrules: { domains: [{ nmae: x }] }\n');
    expect(await cli('apply', file)).toBe(1);
  });

  it('have the users, who are made, changed and removed with the rules', async () => {
    const file = `${home.path}/users.yml`;
    const cli = (...args: string[]) => run([...args, '--config', `${home.path}/config.yml`]);
    expect(await cli('export', '--out', file)).toBe(0);
    const text = await readFile(file, 'utf8');
    const users = (parse(text) as { users: Json[] }).users;
    expect(users).toMatchObject([
      { name: 'admin', grants: [{ role: 'admin' }] },
      { name: 'mia', grants: [{ role: 'domain-manager', resources: ['domain/a.test'] }] },
      { name: 'olga', grants: [{ role: 'operator' }] },
    ]);
    expect(text).not.toMatch(/hash|passw|totp/i);
    const before = await names();
    const now = await latest();
    const pia = { name: 'pia', grants: [{ role: 'monitor' }] };
    const others = users.map((each) => (each.name === 'olga' ? { ...each, grants: [{ role: 'billing' }] } : each));
    await writeFile(file, stringify({ ...parse(text), users: [...others, pia] }));
    expect(await cli('apply', file, '--dry-run')).toBe(0);
    expect(await names()).toEqual(before);
    expect(await cli('apply', file)).toBe(0);
    expect(await names()).toEqual([...before, 'pia']);
    expect(await latest()).toBe(now);
    expect((await operator('GET', '/streams')).status).toBe(403);
    const found = (await admin<{ users: Json[] }>('GET', '/users')).body.users.find(({ name }) => name === 'pia');
    expect(found).toMatchObject({ hasPassword: false, isEnabled: true, roles: ['monitor'] });
    await until('both are in the audit log', async () => {
      const { body } = await admin<{ entries: Json[] }>('GET', '/audit?action=users:write&limit=2');
      const told = body.entries.map(({ detail }) => detail as Json);
      return told.some(({ created }) => created === 'pia') && told.some(({ changed }) => changed === 'olga');
    });
    await writeFile(file, text);
    expect(await cli('apply', file)).toBe(0);
    expect(await names()).toEqual(before);
    expect((await operator('GET', '/streams')).status).toBe(200);
    await writeFile(file, text.replace('role: admin', 'role: monitor'));
    expect(await cli('apply', file)).toBe(1);
    expect(await names()).toEqual(before);
  });

  it('change nothing where one half cannot be changed, or somebody was faster', async () => {
    const { body: present } = await admin<Rules>('GET', '/rules');
    const { body: listed } = await admin<{ users: Json[] }>('GET', '/users');
    const users = listed.users.map(({ name, grants, statements }) => ({ name, grants, statements }));
    const quinn = { name: 'quinn', grants: [{ role: 'monitor' }] };
    const asked = { rules: present.rules, users: [...users, quinn] };
    const apply = (body: unknown, tag?: string) =>
      admin('POST', `/apply${tag ? '' : '?dryRun=true'}`, body, tag ? { 'if-match': tag } : {});
    expect((await admin('POST', '/apply', asked)).status).toBe(428);
    const { status, etag, body } = await apply(asked);
    expect([status, body]).toMatchObject([200, { newUsers: ['quinn'], changes: [{ path: 'users[quinn]' }] }]);
    const tree = { rules: { ...present.rules, templates: [{ name: 'of-apply', video: { shortSide: 240 } }] }, users };
    expect((await admin('PATCH', `/users/${idOf(listed.users, 'olga')}`, { isEnabled: false })).status).toBe(200);
    expect(await apply(asked, etag)).toMatchObject({ status: 412, body: { title: 'users were changed meanwhile' } });
    expect((await admin('PATCH', `/users/${idOf(listed.users, 'olga')}`, { isEnabled: true })).status).toBe(200);
    const first = await apply({ ...tree, users: [...users, quinn] });
    const last = await apply({ ...tree, users: [...users, quinn] }, first.etag);
    expect(last).toMatchObject({ status: 200, body: { revision: present.revision + 1, newUsers: ['quinn'] } });
    expect(await apply({ ...tree, users }, first.etag)).toMatchObject({ status: 412 });
    expect(await names()).toContain('quinn');
    const domains = present.rules.domains.filter(({ name }) => name !== 'a.test');
    const risky = { rules: { ...present.rules, domains }, users };
    const { etag: seen } = await apply(risky);
    const waits = await apply(risky, seen);
    expect(waits).toMatchObject({ status: 202, body: { state: 'pending', risks: ['delete-domain'] } });
    expect(await names()).toContain('quinn');
    expect((await admin('POST', `/approvals/${waits.body.id}/reject`)).status).toBe(200);
    const wrong = {
      rules: { domains: [{ name: 'x', aliases: ['push.a.test'] }, ...present.rules.domains] },
      users: [{}],
    };
    expect(await apply(wrong)).toMatchObject({ status: 400, body: { errors: [{ path: 'body.users.0.name' }] } });
    expect(await apply({ ...wrong, users })).toMatchObject({
      status: 400,
      body: { errors: [{ path: expect.stringMatching(/^body\.rules\.domains\./) }] },
    });
  });
});

const names = async () => (await admin<{ users: Json[] }>('GET', '/users')).body.users.map(({ name }) => name);

const idOf = (users: readonly Json[], wanted: string) => users.find(({ name }) => name === wanted)?.id;

describe('URLs', () => {
  type Links = { readonly kind: string; readonly urls: Readonly<Record<string, string>>; readonly obs?: Json };

  it('are signed for whoever may have them, and explained', async () => {
    const stream = { domain: 'a.test', app: 'live', stream: 'demo' };
    const play = await manager<Links>('POST', '/sign', { ...stream, kind: 'play', expiresInSeconds: 600 });
    expect(play).toMatchObject({
      status: 200,
      body: { isSigned: true, urls: { hls: expect.stringContaining('auth_key=') } },
    });
    expect(await operator('POST', '/explain', { url: play.body.urls.hls })).toMatchObject({
      body: { verdict: { ok: false, code: 'STREAM_NOT_LIVE' } },
    });
    const unsigned = String(play.body.urls.hls).replace(/\?.*/, '');
    expect(await operator('POST', '/explain', { url: unsigned })).toMatchObject({
      body: { verdict: { code: 'SIGNATURE_MISSING' } },
    });
    const push = await admin<Links>('POST', '/sign', { app: 'live', stream: 'demo', kind: 'push' });
    expect(push.body.obs).toEqual({
      server: `${server.rtmp}/live`,
      streamKey: expect.stringMatching(/^demo\?auth_key=\d+-0-0-[0-9a-f]{32}$/),
    });
    expect(await operator('POST', '/explain', { url: push.body.urls.push })).toMatchObject({
      body: { verdict: { ok: true } },
    });
    const { body: given } = await admin<Links>('POST', '/sign', { url: unsigned });
    expect(given).toMatchObject({ kind: 'play', urls: { url: expect.stringContaining('auth_key=') } });
  });

  it('are not given to others', async () => {
    const issuer = await withRole('ida', [{ role: 'play-token-issuer', resources: ['app/a.test/live'] }]);
    const stream = { domain: 'a.test', app: 'live', stream: 'demo' };
    expect((await issuer('POST', '/sign', { ...stream, kind: 'play' })).status).toBe(200);
    expect((await issuer('POST', '/sign', { ...stream, kind: 'push' })).status).toBe(403);
    expect((await issuer('POST', '/sign', { ...stream, app: 'other', kind: 'play' })).status).toBe(403);
    expect(await issuer('POST', '/sign', { url: 'ftp://x/y' })).toMatchObject({
      status: 400,
      body: { code: 'BAD_URL' },
    });
  });
});

describe('the database', () => {
  it('has no key in clear in a dump of it', async () => {
    const encoder = await publishTestPicture(server, 'live/x');
    const dump = await until('the publish is recorded', async () => {
      const headers = { authorization: `Bearer ${server.secrets.adminPassword}` };
      const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/backup`, { headers });
      const text = gunzipSync(Buffer.from(await response.arrayBuffer())).toString();
      return text.includes('"t":"events"') && text;
    });
    await encoder.stop();
    expect(dump).toContain('"t":"rule_revisions"');
    const { streamKey, pushKey, adminPassword } = server.secrets;
    for (const secret of [PLAY_KEY, STREAM_KEY, streamKey, pushKey, adminPassword]) expect(dump).not.toContain(secret);
  });
});

describe('a manager of one domain', () => {
  it('reads and changes what belongs to it, and nothing else', async () => {
    await admin('POST', '/domains', { name: 'other.test' });
    const { body } = await manager<{ domains: { name: string }[] }>('GET', '/domains');
    expect(body.domains.map(({ name }) => name)).toEqual(['a.test']);
    const statuses = await Promise.all([
      manager('GET', '/domains/other.test'),
      manager('PUT', '/domains/other.test', { name: 'other.test' }),
      manager('PUT', '/domains/a.test', { ...DOMAIN, name: 'other2.test' }),
      manager('PUT', '/domains/a.test', { ...DOMAIN, aliases: ['*.test'] }),
      manager('POST', '/callbacks', { id: 'x', url: 'http://127.0.0.1/x' }),
      manager('POST', '/stream-keys', { id: 'x', key: STREAM_KEY, match: { domain: 'other.test' } }),
      manager('GET', '/rules'),
      manager('POST', '/rules/revisions/1/rollback'),
      manager('POST', '/templates', { name: 'mine' }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual(statuses.map(() => 403));
    const rule = { match: { domain: 'a.test', app: 'mine' }, delivery: { maxViewers: 5 } };
    expect((await manager('POST', '/stream-rules', rule)).status).toBe(201);
  });
});

describe('a change for which a second person is asked', () => {
  it('waits, is not approved by whoever asked for it, and is made by the other', async () => {
    const asked = await manager('DELETE', '/domains/a.test?reason=no%20longer%20used');
    expect(asked).toMatchObject({ status: 202, body: { state: 'pending', author: 'mia', risks: ['delete-domain'] } });
    expect((await admin('GET', '/domains/a.test')).status).toBe(200);
    const path = `/approvals/${asked.body.id}`;
    expect(await manager('POST', `${path}/approve`)).toMatchObject({ status: 403, body: { code: 'SAME_PERSON' } });
    expect(await operator('POST', `${path}/approve`)).toMatchObject({ status: 403 });
    expect((await operator('GET', '/approvals?state=pending')).body.approvals).toHaveLength(1);
    expect(await admin('POST', `${path}/approve`)).toMatchObject({ body: { state: 'approved', decidedBy: 'admin' } });
    expect((await admin('GET', '/domains/a.test')).status).toBe(404);
    expect(await admin('POST', `${path}/approve`)).toMatchObject({ status: 409, body: { code: 'ALREADY_DECIDED' } });
    expect((await admin<Revisions>('GET', '/rules/revisions')).body.revisions[0]).toMatchObject({
      author: 'mia',
      reason: 'no longer used (approved by admin)',
    });
  });

  it('is refused where the rules were changed meanwhile, and can be rejected', async () => {
    const callback = { id: 'events', url: 'http://127.0.0.1:9/one', key: 'key-of-the-callback' };
    const asked = await admin('POST', '/callbacks', callback);
    expect(asked.status).toBe(202);
    const other = await withRole('otto', [{ role: 'admin' }]);
    const { body } = await other('POST', '/callbacks', { ...callback, url: 'http://127.0.0.1:9/two' });
    expect(await admin('POST', `/approvals/${body.id}/approve`)).toMatchObject({ body: { state: 'approved' } });
    const path = `/approvals/${asked.body.id}`;
    expect(await other('POST', `${path}/approve`)).toMatchObject({ status: 409, body: { code: 'RULES_CHANGED' } });
    expect(await other('POST', `${path}/reject`)).toMatchObject({ body: { state: 'rejected', decidedBy: 'otto' } });
  });
});
