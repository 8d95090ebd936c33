import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FlvReader } from '../../src/protocol/flv/index.ts';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { codeAt, http, raw } from '../support/http.ts';
import { type Headwater, until, untilLive } from '../support/index.ts';
import { FlvViewer, type MadeFlv, makeFlv, openServer, playForEver, RtmpPublisher } from '../support/peers.ts';

let server: Headwater;
let picture: MadeFlv;
const publishers: RtmpPublisher[] = [];

async function publish(path: string, speed = 1): Promise<{ stop(): Promise<void> }> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path });
  publishers.push(publisher);
  const playing = playForEver(publisher, picture.tags, { speed });
  await untilLive(server, path);
  return {
    async stop() {
      await playing.stop();
      await publisher.unpublish();
    },
  };
}

/** Where the media playlist of a new session lies, without the server. */
async function mediaPath(path: string): Promise<string> {
  const { status, text } = await http(`${server.playback}/${path}.m3u8`);
  expect(status).toBe(200);
  const uri = text.split('\n').find((line) => line !== '' && !line.startsWith('#'));
  return new URL(uri ?? '', `http://x/${path}.m3u8`).pathname;
}

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await openServer(
    [
      { publish: { waitSeconds: 0 } },
      { match: { app: 'held' }, delivery: { holdSeconds: 30 } },
      { match: { app: 'brief' }, delivery: { holdSeconds: 1 } },
      { match: { app: 'long' }, hls: { segmentSeconds: 1, windowSegments: 20 } },
      { match: { app: 'prod/event' }, channelList: { enabled: true } },
    ],
    {
      domains: [
        {
          name: 'default',
          push: { auth: { type: 'no_auth' } },
          play: { ip: { mode: 'deny', list: ['203.0.113.9'] }, country: { mode: 'deny', list: ['FR'] } },
        },
      ],
      env: {
        HEADWATER_LIMITS_BLOCKING_REQUESTS: '3',
        HEADWATER_LIMITS_CONNECTIONS_PER_ADDRESS: '150',
        HEADWATER_COUNTRY_HEADER: 'X-Country',
      },
    },
  );
  await publish('live/one');
});

afterAll(async () => {
  for (const publisher of publishers) await publisher.drop();
  await server?.stop();
  await picture?.remove();
});

describe('methods and headers', () => {
  it('answers HEAD as GET without a body', async () => {
    const media = await mediaPath('live/one');
    for (const path of ['/live/one.m3u8', media]) {
      const head = await http(server.playback + path, { method: 'HEAD' });
      expect([head.status, head.headers['content-type'], head.body.length]).toEqual([
        200,
        'application/vnd.apple.mpegurl',
        0,
      ]);
    }
    const flv = await http(`${server.playback}/live/one.flv`, { method: 'HEAD' });
    expect([flv.status, flv.headers['content-type'], flv.headers['content-length']]).toEqual([
      200,
      'video/x-flv',
      undefined,
    ]);
    expect((await http(`${server.playback}/live/none.flv`, { method: 'HEAD' })).status).toBe(404);
  });

  it('lets any page in', async () => {
    const preflight = await http(`${server.playback}/live/one.m3u8`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.test', 'access-control-request-headers': 'range' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toContain('Range');
    for (const path of ['/live/one.m3u8', '/live/none.m3u8', await mediaPath('live/one')]) {
      expect((await http(server.playback + path)).headers['access-control-allow-origin']).toBe('*');
    }
  });

  it('believes nobody who is no trusted proxy', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-country': 'FR' };
    expect((await http(`${server.playback}/live/one.m3u8`, { headers })).status).toBe(200);
  });

  it('refuses other methods', async () => {
    expect((await http(`${server.playback}/live/one.flv`, { method: 'DELETE' })).status).toBe(404);
  });

  it('gives single ranges of segments, and tells caches what may stay', async () => {
    const media = await mediaPath('live/one');
    const playlist = parseMediaPlaylist((await http(server.playback + media)).text);
    const [segment] = playlist.segments;
    const url = new URL(segment?.uri ?? '', server.playback + media).href;
    const whole = await http(url);
    expect(whole.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=86400, immutable',
      'content-type': 'video/mp4',
    });
    const range = await http(url, { headers: { range: 'bytes=4-7' } });
    expect([range.status, range.text]).toEqual([206, whole.body.subarray(4, 8).toString()]);
    expect(range.headers['content-range']).toBe(`bytes 4-7/${whole.body.length}`);
    const behind = await http(url, { headers: { range: `bytes=${whole.body.length}-` } });
    expect([behind.status, behind.headers['content-range']]).toEqual([416, `bytes */${whole.body.length}`]);
    expect((await http(url, { headers: { range: 'bytes=0-1,4-5' } })).status).toBe(200);
    const init = new URL(segment?.map?.uri ?? '', url).href;
    expect((await http(init)).headers['cache-control']).toContain('immutable');
  });

  it('keeps playlists short and refusals not at all', async () => {
    const media = await mediaPath('live/one');
    const playlist = await http(server.playback + media);
    expect(playlist.headers['cache-control']).toBe('public, max-age=1');
    const { mediaSequence, segments } = parseMediaPlaylist(playlist.text);
    const blocking = await http(`${server.playback}${media}?_HLS_msn=${mediaSequence + segments.length}&_HLS_part=0`);
    expect(blocking.headers['cache-control']).toMatch(/^public, max-age=\d+$/);
    const missing = ['/live/one.m3u8', '/live/none.m3u8', media.replace('live.m3u8', '1.m4s'), '/live/none.flv'];
    for (const path of missing) {
      expect((await http(server.playback + path)).headers['cache-control']).toBe('no-store');
    }
  });

  it('lets the beacon snippet be fetched again, as its name stays when it changes', async () => {
    const { headers } = await fetch(`${server.playback}/_headwater/headwater-beacon.js`);
    expect(headers.get('cache-control')).toBe('public, max-age=3600');
  });

  it('packs playlists for those who can unpack', async () => {
    const url = server.playback + (await mediaPath('live/one'));
    const packed = await http(url, { headers: { 'accept-encoding': 'br, gzip' } });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(packed.body).toString()).toMatch(/^#EXTM3U/);
    const plain = await http(url, { headers: { 'accept-encoding': 'gzip;q=0' } });
    expect([plain.headers['content-encoding'], plain.text.slice(0, 7)]).toEqual([undefined, '#EXTM3U']);
  });

  it.each(['/live/one-llhls.m3u8?aliyunols=on', '/live/one.m3u8?aliyunols=on'])('takes %s', async (path) => {
    const { status, text } = await http(server.playback + path);
    expect([status, text.slice(0, 7)]).toEqual([200, '#EXTM3U']);
  });

  it('gives MPEG-TS on demand', async () => {
    const { text } = await http(`${server.playback}/live/one.m3u8?container=ts`);
    const media = new URL(text.split('\n').find((line) => line.includes('ts.m3u8')) ?? '', `${server.playback}/live/`);
    const { segments } = parseMediaPlaylist((await http(media.href)).text);
    const segment = await http(new URL(segments[0]?.uri ?? '', media).href);
    expect([segment.status, segment.headers['content-type'], segment.body[0]]).toEqual([200, 'video/mp2t', 0x47]);
  });
});

describe('low latency', () => {
  it('waits for a part, refuses what is too far, and too many who wait', async () => {
    const media = server.playback + (await mediaPath('live/one'));
    const newest = async () => {
      const { mediaSequence, segments } = parseMediaPlaylist((await http(media)).text);
      return mediaSequence + segments.length;
    };
    expect(await codeAt(`${media}?_HLS_msn=${(await newest()) + 50}`)).toBe('TOO_FAR_AHEAD');
    expect(await codeAt(`${media}?_HLS_msn=x`)).toBe('BAD_DIRECTIVE');
    expect(await codeAt(`${media}?_HLS_part=1`)).toBe('BAD_DIRECTIVE');
    // On a busy machine the segment may be there before all six have asked.
    await until('three are let in, and three refused', async () => {
      const next = (await newest()) + 1;
      const answers = await Promise.all(Array.from({ length: 6 }, () => codeAt(`${media}?_HLS_msn=${next}`)));
      return answers.toSorted().join() === '200,200,200,BUSY,BUSY,BUSY';
    });
  });

  it('gives deltas that skip', async () => {
    await publish('long/one', 4);
    const media = server.playback + (await mediaPath('long/one'));
    const delta = await until('the playlist is long enough', async () => {
      const { text } = await http(`${media}?_HLS_skip=YES`);
      return text.includes('#EXT-X-SKIP:') && text;
    });
    expect(delta).toMatch(/#EXT-X-SKIP:SKIPPED-SEGMENTS=\d+/);
  });
});

describe('streams that are not live', () => {
  it('are told at once', async () => {
    for (const path of ['none.flv', 'none.m3u8']) {
      expect(await codeAt(`${server.playback}/live/${path}`)).toBe('STREAM_NOT_LIVE');
    }
  });

  it('are waited for where the rule says so', async () => {
    const flv = FlvViewer.open(`${server.playback}/held/later.flv`);
    const hls = http(`${server.playback}/held/later.m3u8`);
    await publish('held/later');
    const viewer = await flv;
    await until('tags come', () => viewer.tags.length > 5);
    expect((await hls).status).toBe(200);
    await viewer.close();
  });

  it('keep their last playlist for a while', async () => {
    const publisher = await publish('live/ends');
    const media = server.playback + (await mediaPath('live/ends'));
    await publisher.stop();
    const { segments } = await until('the playlist has its end', async () => {
      const { text } = await http(media);
      return text.includes('#EXT-X-ENDLIST') && parseMediaPlaylist(text);
    });
    expect((await http(new URL(segments.at(-1)?.uri ?? '', media).href)).status).toBe(200);
    expect(await codeAt(`${server.playback}/live/ends.m3u8`)).toBe('STREAM_NOT_LIVE');
  });
});

describe('channel lists', () => {
  it('name the streams of an app with several segments', async () => {
    await publish('prod/event/main');
    const list = await http(`${server.playback}/prod/event.m3u`);
    expect(list.text).toBe('#EXTM3U\n#EXTINF:-1,main\nevent/main.m3u8\n');
    const url = new URL('event/main.m3u8', `${server.playback}/prod/event.m3u`).href;
    expect((await http(url)).status).toBe(200);
    expect(await codeAt(`${server.playback}/live.m3u`)).toBe('NO_CHANNEL_LIST');
  });
});

describe('viewers without cookies', () => {
  it('B31 are counted: one hundred of them (nginx-rtmp#1541, AMS#2812)', async () => {
    await publish('live/counted');
    await mediaPath('live/counted');
    const medias = await Promise.all(Array.from({ length: 100 }, () => mediaPath('live/counted')));
    for (const path of [...medias, ...medias]) expect((await http(server.playback + path)).status).toBe(200);
    type Streams = { streams: { name: string; viewers: { hls: number } }[] };
    const { streams } = await server.api<Streams>('/streams');
    expect(streams.find(({ name }) => name === 'counted')?.viewers.hls).toBe(100);
  });
});

describe('what names no stream', () => {
  it.each(['/', '/live', '/live/..%2fone', '/live//one.flv'])(
    '%s is a page for people, a problem for programs',
    async (path) => {
      const page = await http(server.playback + path, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect([page.status, page.headers['content-type'], page.text.includes('Nothing plays here')]).toEqual([
        404,
        'text/html; charset=utf-8',
        true,
      ]);
      expect(await codeAt(server.playback + path)).toBe('NOT_FOUND');
    },
  );
});

describe('beacons', () => {
  const beacon = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${server.playback}/_headwater/beacon`, { method: 'POST', body, headers });

  it.each<[string, string, Record<string, string>, number]>([
    ['that are no JSON', 'x', {}, 400],
    ['that are too long', 'x'.repeat(5000), {}, 413],
    ['in a coding that nobody knows', 'x', { 'content-encoding': 'zzz' }, 415],
    ['in a charset that nobody knows', 'x', { 'content-type': 'text/plain; charset=foo' }, 415],
  ])('%s are refused, and no stranger sees a stack', async (_, body, headers, status) => {
    const response = await beacon(body, headers);
    expect([response.status, await response.text()]).toEqual([status, expect.not.stringContaining('node_modules')]);
    expect(server.child.stderr()).toBe('');
    expect(server.child.stdout()).not.toContain('node_modules');
  });
});

describe('bad input', () => {
  const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

  it('does not let requests behind an FLV stream disturb it', async () => {
    const socket = connect({ port: server.playbackPort, host: '127.0.0.1' });
    await once(socket, 'connect');
    const reader = new FlvReader();
    let text = '';
    let tags = 0;
    socket.on('data', (bytes) => {
      const isFirst = text === '';
      text += bytes.toString('latin1');
      const at = isFirst ? bytes.indexOf('\r\n\r\n') + 4 : 0;
      tags += reader.push(bytes.subarray(at)).length;
    });
    socket.write(head('/live/one.flv'));
    await until('tags come', () => tags > 5);
    const before = tags;
    socket.write(head('/live/one.flv'));
    socket.write('\x00\xffgarbage\r\n\r\n'.repeat(100));
    await until('tags go on', () => tags > before + 40);
    expect(text.split('HTTP/1.1').length - 1).toBe(1);
    socket.destroy();
  });

  it('does not mix a stream into the answer before it', async () => {
    const answers = await raw(
      server.playbackPort,
      head('/brief/never.m3u8') + head('/live/one.flv'),
      (text) => text.includes('PIPELINED') || text.includes('FLV'),
    );
    expect(answers).toMatch(/STREAM_NOT_LIVE.*PIPELINED/s);
  });

  it.each([
    ['no HTTP', '\x16\x03\x01\x02garbage\r\n\r\n', '400'],
    ['a long head', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, '431'],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400'],
    ['a head that never ends', 'GET / HTTP/1.1\r\nHost: a\r\n', '408'],
  ])('closes after %s', async (_, bytes, status) => {
    expect(await raw(server.playbackPort, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it.each<[string, readonly number[], string]>([
    [
      'a frame longer than a viewer may send',
      [0x82, 0xfe, 0xff, 0xff, 1, 2, 3, 4],
      'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    ],
    ['a length past 2^53', [0x82, 0xff, ...Array(8).fill(0xff)], 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'],
    ['text that is no UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff], 'WS_ERR_INVALID_UTF8'],
    ['a frame without a mask', [0x82, 1, 0], 'WS_ERR_EXPECTED_MASK'],
    ['reserved bits', [0xf3, 0x80, 0, 0, 0, 0], 'WS_ERR_UNEXPECTED_RSV_2_3'],
  ])('in a WebSocket, %s, ends that viewer alone', async (_, bytes, code) => {
    const name = 'headwater_playback_connections_refused_total{reason="MALFORMED"}';
    const before = (await server.metric(name)) ?? 0;
    const url = `${server.playback.replace('http', 'ws')}/live/one.flv`;
    const [attacker, other] = [new WebSocket(url), new WebSocket(url)];
    attacker.on('error', () => undefined);
    const closed = once(attacker, 'close');
    await Promise.all([once(attacker, 'message'), once(other, 'message')]);
    (attacker as unknown as { readonly _socket: Socket })._socket.write(Uint8Array.from(bytes));
    await closed;
    await until('it is counted', async () => ((await server.metric(name)) ?? 0) > before);
    const lines = server.log().filter(({ message }) => message === 'WebSocket frame malformed');
    expect(lines.at(-1)).toMatchObject({ code, address: '127.0.0.1' });
    await once(other, 'message');
    other.terminate();
  });

  it('counts them, and caps connections per address', async () => {
    const name = (reason: string) => `headwater_playback_connections_refused_total{reason="${reason}"}`;
    expect(await server.metric(name('MALFORMED'))).toBeGreaterThanOrEqual(3);
    expect(await server.metric(name('TIMEOUT'))).toBe(1);
    const sockets = Array.from({ length: 170 }, () => connect({ port: server.playbackPort, host: '127.0.0.1' }));
    for (const socket of sockets) socket.on('error', () => socket.destroy());
    await until('the last ones are refused', async () => ((await server.metric(name('LIMIT'))) ?? 0) >= 20);
    for (const socket of sockets) socket.destroy();
    await until('there is room again', async () => {
      const status = await http(`${server.playback}/live/one.m3u8`).then(
        (answer) => answer.status,
        () => 0,
      );
      return status === 200;
    });
  });
});
