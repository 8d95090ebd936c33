import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, until, untilLive } from '../support/index.ts';
import { type MadeFlv, makeFlv, openServer, playForEver, RtmpPublisher } from '../support/peers.ts';

type Answer = { readonly status: number; readonly fields: readonly string[]; readonly body: Buffer };

let server: Headwater;
let picture: MadeFlv;
let publisher: RtmpPublisher;
const agents: Agent[] = [];

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await openServer([]);
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/one' });
  playForEver(publisher, picture.tags);
  await untilLive(server, 'live/one');
});

afterAll(async () => {
  for (const agent of agents) agent.destroy();
  await publisher?.drop();
  await server?.stop();
  await picture?.remove();
});

/** A viewer on one connection, whose requests differ in their paths alone. */
function connection(headers: Record<string, string> = {}): (path: string) => Promise<Answer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return async (path) => {
    const request = httpRequest(server.playback + path, { agent, headers });
    request.end();
    const [response] = await once(request, 'response');
    const body: Buffer[] = [];
    for await (const bytes of response) body.push(bytes);
    const fields = (response.rawHeaders as string[]).filter((_, i, all) => all[i - (i % 2)] !== 'Date');
    return { status: response.statusCode, fields, body: Buffer.concat(body) };
  };
}

const lastLine = ({ body }: Answer) => body.toString().trim().split('\n').at(-1) ?? '';
const uriIn = ({ body }: Answer) =>
  body
    .toString()
    .split('\n')
    .find((line) => line !== '' && !line.startsWith('#')) ?? '';

async function mediaPath(ask: (path: string) => Promise<Answer>): Promise<string> {
  return new URL(lastLine(await ask('/live/one.m3u8')), 'http://x/live/').pathname;
}

describe('requests that repeat the one before', () => {
  it('get the same answers as the first ones', async () => {
    const path = await mediaPath(connection());
    const first = uriIn(await connection()(path));
    const segment = new URL(first, `http://x${path}`).pathname;
    const ask = connection();
    const [unknown, again] = [await ask(segment), await ask(segment)];
    expect(again).toEqual(unknown);
    expect([again.status, again.fields]).toEqual([200, expect.arrayContaining(['Accept-Ranges', 'video/mp4'])]);
    const missing = path.replace('live.m3u8', '1.m4s');
    const problems = [await ask(missing), await connection()(missing)];
    expect(problems[0]).toEqual(problems[1]);
    expect(problems[0]?.status).toBe(404);
  });

  it.each([{}, { 'accept-encoding': 'gzip' }])('get the playlist of now with %j', async (headers) => {
    const ask = connection(headers);
    const path = await mediaPath(connection());
    const first = await ask(path);
    const later = await until('the playlist goes on', async () => {
      const answer = await ask(path);
      return answer.body.equals(first.body) ? undefined : answer;
    });
    const names = ({ fields }: Answer) => fields.filter((_, i, all) => all[i - (i % 2)] !== 'Content-Length');
    expect(names(later)).toEqual(names(first));
  });

  it('wait for a part as the first ones do', async () => {
    const ask = connection();
    const path = await mediaPath(ask);
    const hint = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec((await ask(path)).body.toString())?.[1] ?? '';
    const part = await ask(new URL(hint, `http://x${path}`).pathname);
    expect([part.status, part.body.length > 0]).toEqual([200, true]);
  });

  it('are refused once the rules say so', async () => {
    const ask = connection();
    const path = await mediaPath(ask);
    expect((await ask(path)).status).toBe(200);
    const ip = { mode: 'deny' as const, list: ['127.0.0.1'] };
    await server.setRules({ domains: [{ name: 'default', push: { auth: { type: 'no_auth' } }, play: { ip } }] });
    const refused = await until('the viewer is shut out', async () => {
      const answer = await ask(path);
      return answer.status === 200 ? undefined : answer;
    });
    expect(refused.status).toBe(403);
  });
});
