import { execFileSync } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent, get as httpGet } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FlvReader } from '../../src/protocol/flv/index.ts';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { certificateNameAt, writeCertificate } from '../support/certificate.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { type Headwater, tempDir, until, untilLive } from '../support/index.ts';
import { ffmpegsOf, SMALL_TEMPLATES } from '../support/ladder.ts';
import { LadderViewer } from '../support/ladder-viewer.ts';
import {
  counted,
  FlvViewer,
  HlsViewer,
  type MadeFlv,
  makeFlv,
  openServer,
  playForEver,
  RtmpPublisher,
} from '../support/peers.ts';
import { view } from '../support/viewer-doors.ts';

const STREAMS: NonNullable<RulesInput['streams']> = [
  { hls: { segmentSeconds: 1, windowSegments: 3 } },
  { match: { stream: 'ladder' }, transcode: { templates: ['small', 'sound'] } },
  { match: { stream: 'sealed' }, encryption: { method: 'aes-128' } },
];

let server: Headwater;
let folder: Awaited<ReturnType<typeof tempDir>>;
let picture: MadeFlv;
let tlsPort = 0;
const publishers: RtmpPublisher[] = [];
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await tempDir('workers');
  const files = await writeCertificate(folder.path, 'first.test');
  picture = await makeFlv({ seconds: 4, gop: 15, fps: 15, size: '160x90', bitrate: '100k' });
  const env = {
    HEADWATER_PLAYBACK_WORKERS: '2',
    HEADWATER_TLS_CERT_FILE: files.certFile,
    HEADWATER_TLS_KEY_FILE: files.keyFile,
    HEADWATER_OVERLOAD_DESCRIPTORS_PERCENT: '80',
    HEADWATER_SHUTDOWN_DRAIN_SECONDS: '8',
  };
  server = await openServer(STREAMS, {
    env,
    templates: [...SMALL_TEMPLATES, { name: 'sound', video: 'none', audio: { codec: 'aac', bitrateKbps: 48 } }],
  });
  tlsPort = JSON.parse(await readFile(join(server.dataDir, 'ready.json'), 'utf8')).playbackTlsPort;
  for (const name of ['ladder', 'sealed']) {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
    publishers.push(publisher);
    playForEver(publisher, picture.tags);
    await untilLive(server, `live/${name}`);
  }
  await untilWorkers();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  for (const publisher of publishers) await publisher.drop();
  await server?.stop();
  await picture?.remove();
  await folder?.remove();
});

const ofWorkers = async (name: string) => {
  const each = [1, 2].map((worker) => counted(server, `headwater_playback_worker_${name}{worker="${worker}"}`));
  return (await Promise.all(each)).reduce((sum, value) => sum + value, 0);
};
const untilWorkers = () => until('two workers take viewers', async () => (await ofWorkers('up')) === 2);

/** More frames than come with the first answer. */
async function moreFrames(source: NodeJS.ReadableStream, reader = new FlvReader()): Promise<void> {
  let count = 0;
  const onData = (bytes: Uint8Array) => {
    count += reader.push(bytes).length;
  };
  source.on('data', onData);
  await until('more frames', () => count > 60);
  source.off('data', onData);
}

function http2(): ClientHttp2Session {
  const session = connectHttp2(`https://127.0.0.1:${tlsPort}`, { rejectUnauthorized: false });
  cleanups.push(() => session.destroy());
  return session;
}

async function askHttp2(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders = {}) {
  const stream = session.request({ ':path': path, ...headers });
  const [{ ':status': status }] = (await once(stream, 'response')) as [{ ':status': number }];
  const body: Buffer[] = [];
  for await (const bytes of stream) body.push(bytes);
  return { status, body: Buffer.concat(body) };
}

async function flvOverTls(path: string, options: RequestOptions = {}) {
  const request = httpsRequest({
    ...{ host: '127.0.0.1', port: tlsPort, path, rejectUnauthorized: false, agent: false },
    ...options,
  });
  request.end();
  const [response] = await once(request, 'response');
  cleanups.push(() => response.destroy());
  return response;
}

/** The processes that serve viewers now. */
const pids = () =>
  server
    .log()
    .filter(({ message, pid }) => message === 'playback worker ready' && existsSync(`/proc/${pid}`))
    .map(({ pid }) => Number(pid));

const uriIn = (text: string, extension: string) =>
  text.split('\n').find((line) => !line.startsWith('#') && line.endsWith(extension)) ?? '';

describe('TLS ends in the worker', () => {
  it('FLV over HTTPS, HTTP/2 and a secure WebSocket, which the server counts', async () => {
    const session = http2();
    const [first, second] = ['/live/ladder.flv', '/live/sealed.flv'].map((path) => session.request({ ':path': path }));
    const socket = new WebSocket(`wss://127.0.0.1:${tlsPort}/live/ladder.flv`, { rejectUnauthorized: false });
    cleanups.push(() => socket.terminate());
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(message.subarray(0, 3).toString()).toBe('FLV');
    await Promise.all([flvOverTls('/live/ladder.flv').then(moreFrames), moreFrames(first!), moreFrames(second!)]);
    await until('four are counted', async () => (await ofWorkers('viewers')) === 4);
    first?.close();
    await until('one left his stream, not his connection', async () => (await ofWorkers('viewers')) === 3);
    expect((await askHttp2(session, '/live/ladder.m3u8')).status).toBe(200);
  });

  it('HLS over HTTP/2, and requests with a body that never comes', async () => {
    const session = http2();
    const multivariant = await askHttp2(session, '/live/sealed.m3u8');
    const media = `/live/${uriIn(multivariant.body.toString(), '.m3u8')}`;
    const playlist = await until('it has slid', async () => {
      const { status, body } = await askHttp2(session, media);
      expect(status).toBe(200);
      return Number(/SEQUENCE:(\d+)/.exec(body.toString())?.[1]) > 0 && body.toString();
    });
    expect((await askHttp2(session, media.replace('live.m3u8', uriIn(playlist, '.m4s')))).status).toBe(200);
    const head = await askHttp2(session, '/live/ladder.flv', { ':method': 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    // The client has not ended these.
    expect((await askHttp2(session, '/live/ladder.flv', { ':method': 'OPTIONS' })).status).toBe(204);
    expect((await askHttp2(session, '/live/ladder.flv', { ':method': 'POST' })).status).toBe(404);
  });

  it('swaps the certificate under viewers, who go on, and for workers that come later', async () => {
    const viewer = await flvOverTls('/live/ladder.flv');
    const reader = new FlvReader();
    await moreFrames(viewer, reader);
    await writeCertificate(folder.path, 'second.test');
    const shown = () => Promise.all([1, 2, 3, 4].map(() => certificateNameAt(tlsPort)));
    const areAll = async (name: string) => (await shown()).every((each) => each === name);
    await until('both workers show the new one', () => areAll('second.test'));
    await moreFrames(viewer, reader);
  });
});

describe('renditions in workers', () => {
  it('start with their first viewer there, sound alone among them, and are followed part by part', async () => {
    const ladder = await LadderViewer.open(`${server.playback}/live/ladder.m3u8`);
    expect(ladder.names).toEqual(['_source', 'small', 'sound']);
    expect(await ffmpegsOf(server)).toEqual([]);
    await ladder.media('sound');
    const viewers = await Promise.all(
      ['ladder_small', 'ladder_sound'].map((name) =>
        HlsViewer.open(`${server.playback}/live/${name}.m3u8`, { lowLatency: true }),
      ),
    );
    for (const viewer of viewers) cleanups.push(() => viewer.close());
    const flv = await FlvViewer.open(`${server.playback}/live/ladder_sound.flv`);
    cleanups.push(() => flv.close());
    await until('copies of both were followed', () => viewers.every(({ segments }) => segments.length > 8), 120_000);
    expect(viewers[1]?.codecs).toEqual(['mp4a.40.2']);
    for (const { segments, failures, statuses, parts } of viewers) {
      expect(segments.map(({ number }, index) => number - index)).toEqual(segments.map(() => segments[0]?.number));
      expect({ failures, statuses: [...new Set(statuses)] }).toEqual({ failures: [], statuses: [200] });
      expect(parts.size).toBeGreaterThan(8);
    }
    expect(new Set(flv.tags.map(({ type }) => type))).toEqual(new Set(['script', 'audio']));
    expect(await ofWorkers('copies')).toBeGreaterThanOrEqual(2);
  });
});

describe('encrypted HLS', () => {
  it('has its segments and keys from the worker, also while the server stands still', async () => {
    const session = http2();
    const multivariant = await askHttp2(session, '/live/sealed.m3u8');
    const media = `/live/${uriIn(multivariant.body.toString(), '.m3u8')}`;
    const playlistNow = async () => parseMediaPlaylist((await askHttp2(session, media)).body.toString());
    const { mediaSequence: first } = await playlistNow();
    const playlist = await until('the copy is as long as a playlist', async () => {
      const now = await playlistNow();
      return now.mediaSequence > first + 12 && now;
    });
    const [segment] = playlist.segments;
    const get = async (uri = '') => (await askHttp2(session, media.replace('live.m3u8', uri))).body;
    server.child.process.kill('SIGSTOP');
    const [sealed, key] = await Promise.all([get(segment?.uri), get(segment?.key?.uri)]).finally(() =>
      server.child.process.kill('SIGCONT'),
    );
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(playlist.mediaSequence, 12);
    const decipher = createDecipheriv('aes-128-cbc', key, iv);
    expect(Buffer.concat([decipher.update(sealed), decipher.final()]).includes('moof')).toBe(true);
    expect(sealed.includes('moof')).toBe(false);
  });
});

describe('a worker in trouble', () => {
  it('that hangs gets nobody new, and is replaced', async () => {
    const [hanging = 0] = pids();
    const hls = await HlsViewer.open(`${server.playback}/live/sealed.m3u8`);
    cleanups.push(() => hls.close());
    const viewers = await Promise.all([1, 2, 3, 4].map(() => FlvViewer.open(`${server.playback}/live/ladder.flv`)));
    for (const viewer of viewers) cleanups.push(() => viewer.close());
    process.kill(hanging, 'SIGSTOP');
    const stoppedMs = performance.now();
    const afterSeconds = () => ((performance.now() - stoppedMs) / 1000).toFixed(1);
    // Half of them are given to it; those that it has not taken yet when it is ended are given to others.
    const early = Array.from({ length: 8 }, async () => {
      const asked = once(httpGet(`${server.playback}/live/nobody.jpg`, { agent: false }), 'response');
      return asked.then(([{ statusCode }]) => statusCode as number).catch(() => undefined);
    });
    const hung = () => server.log().some(({ message }) => message === 'playback worker hangs and is ended');
    // Those who were given to it wait in vain, until it gets nobody new.
    const playsAtOnce = () =>
      fetch(`${server.playback}/live/ladder.flv`, { signal: AbortSignal.timeout(2000) }).then(
        (response) => response.body?.cancel().then(() => true),
        () => false,
      );
    await until('new viewers all play', async () => (await Promise.all([1, 2, 3, 4].map(playsAtOnce))).every(Boolean));
    expect(hung()).toBe(false);
    const newcomers = afterSeconds();
    await until(
      'those whom it served are let go',
      () => viewers.filter(({ isClosed }) => isClosed).length === 2,
      60_000,
    );
    expect(hung()).toBe(true);
    await untilWorkers();
    expect(pids()).not.toContain(hanging);
    console.log(
      `a worker that hangs: new viewers all play after ${newcomers} s, it is replaced after ${afterSeconds()} s`,
    );
    const answers = await Promise.all(early);
    expect(new Set(answers)).toEqual(new Set([404, undefined]));
    expect(answers.filter((status) => status === undefined).length).toBeLessThanOrEqual(1);
    console.log(`${answers.filter((status) => status === 404).length} of 8 requests answered that came meanwhile`);
    const [stays] = viewers.filter(({ isClosed }) => !isClosed);
    await moreFrames(stays!.response, stays!.reader);
    const had = hls.segments.length;
    await until('HLS goes on', () => hls.segments.length > had + 2);
    await until('the new one has the new certificate', async () => {
      const names = await Promise.all([1, 2, 3, 4].map(() => certificateNameAt(tlsPort)));
      return names.every((name) => name === 'second.test');
    });
  });
});

describe('viewers who are there, of workers that are full', () => {
  it('watch on while new ones are refused, and have the end of their answers when the server stops', async () => {
    const [viewer, staying] = await Promise.all([1, 2].map(() => FlvViewer.open(`${server.playback}/live/ladder.flv`)));
    const multivariant = await (await fetch(`${server.playback}/live/sealed.m3u8`)).text();
    const media = `${server.playback}/live/${uriIn(multivariant, '.m3u8')}`;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    cleanups.push(() => agent.destroy());
    const asked = async () => {
      const [response] = await once(httpGet(media, { agent }), 'response');
      return { status: response.statusCode, connection: response.headers.connection, text: await text(response) };
    };
    expect((await asked()).status).toBe(200);
    const left = pids();
    // So many connections that one more or less is no percent; an answer says that a worker has it.
    const resting = new Agent({ keepAlive: true, maxSockets: 200, maxFreeSockets: 200 });
    cleanups.push(() => resting.destroy());
    const rest = async () => {
      const [response] = await once(httpGet(`${server.playback}/nothing`, { agent: resting }), 'response');
      await once(response.resume(), 'end');
    };
    await Promise.all(Array.from({ length: 200 }, rest));
    for (const pid of pids()) {
      const most = Math.floor((await openDescriptors(pid)) / 0.95);
      execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
    }
    const refused = await until('new viewers are refused', async () => {
      const viewing = await view(server, 'flv', { name: 'live/ladder' });
      viewing.close();
      return viewing.status === 503 && viewing;
    });
    expect(refused.answer).toMatch(/^the server is busy: 9\d % of the descriptors of its playback workers are open/);
    expect((await asked()).connection).toBe('keep-alive');
    server.child.process.kill('SIGTERM');
    const last = await until('connections are given back', async () => {
      const answered = await asked();
      return answered.connection === 'close' && answered;
    });
    expect([last.status, last.text.includes('ENDLIST')]).toEqual([200, false]);
    expect([viewer?.isClosed, staying?.isClosed]).toEqual([false, false]);
    await Promise.all([viewer?.closed, staying?.closed]);
    expect([viewer?.response.complete, staying?.response.complete]).toEqual([true, true]);
    expect(await server.child.exited).toBe(0);
    for (const pid of left) expect(existsSync(`/proc/${pid}`)).toBe(false);
    const expected =
      /^(playback worker (hangs and is ended|ended, another one takes its place)|a rendition is given up .*)$/;
    const errors = server.log().filter(({ level, message }) => level === 'error' && !expected.test(String(message)));
    expect(errors).toEqual([]);
  });
});
