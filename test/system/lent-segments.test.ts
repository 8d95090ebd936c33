import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../src/protocol/m3u8/index.ts';
import { ARCHIVED, openTestArchive } from '../support/archived-stream.ts';
import { http } from '../support/http.ts';
import { type Headwater, startHeadwater } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/peers.ts';

const HOUR_MS = 3_600_000;
const SECONDS = 80;
const VIEWERS = 60;
const LEAVES_EVERY = 5;

let archived: Awaited<ReturnType<typeof openTestArchive>>;
let server: Headwater;
let startMs = 0;

beforeAll(async () => {
  archived = await openTestArchive();
  startMs = Math.floor(Date.now() / 1000) * 1000 - 3 * HOUR_MS;
  await archived.add({ seconds: SECONDS, wallMs: startMs, firstSegment: 1000, frameBytes: 60_000 });
  server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN], streams: [{ match: { app: 'live' }, timeShift: { enabled: true } }] },
    env: { ...NO_DATABASE, HEADWATER_ARCHIVE_DIR: archived.folder },
  });
});

afterAll(async () => {
  await server?.stop();
  await archived?.close();
});

/** Reads a piece at a time, with whatever else the process does in between. */
async function readSlowly(url: string, signal: AbortSignal, isLeaving: () => void): Promise<Buffer> {
  const response = await fetch(url, { signal });
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    isLeaving();
    await turn();
  }
  return Buffer.concat(pieces);
}

it('gives every viewer the segment that he asked for, though its memory was another’s before', async () => {
  const url = `${server.playback}/live/demo.m3u8?lhs_start_unix_ms_0=${startMs}&lhs_vodend_unix_ms_0=${startMs + SECONDS * 1000}`;
  const media = new URL(parseMultivariantPlaylist((await http(url)).text).variants[0]!.uri, url).href;
  const { segments } = parseMediaPlaylist((await http(media)).text);
  expect(segments).toHaveLength(SECONDS / 2);
  const kept = await archived.archive.between(ARCHIVED, startMs, startMs + SECONDS * 1000);
  let whole = 0;
  const watch = async (viewer: number) => {
    // Each begins elsewhere, so that few ask for the same about the same time.
    for (let step = 0; step < 8; step++) {
      const index = (viewer * 7 + step * 11) % segments.length;
      const abort = new AbortController();
      const leave = () => (viewer + step) % LEAVES_EVERY === 0 && abort.abort();
      const asked = readSlowly(new URL(segments[index]!.uri, media).href, abort.signal, leave);
      const bytes = await asked.catch(() => undefined);
      if (!bytes) continue;
      expect(bytes.equals(await archived.archive.bytes(ARCHIVED, kept[index]!))).toBe(true);
      whole++;
    }
  };
  await Promise.all(Array.from({ length: VIEWERS }, (_, viewer) => watch(viewer)));
  expect(whole).toBeGreaterThan(VIEWERS * 6);
});
