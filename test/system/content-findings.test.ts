import { afterEach, describe, expect, it } from 'vitest';
import { type Headwater, start, startHeadwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Told sooner than by default, so that the test is not long; a slide every 10 s is then what one every 30 s is. */
const RULE = {
  match: {},
  snapshot: { enabled: true, everySeconds: 5, overwrite: '' },
  health: { blackSeconds: 8, frozenSeconds: 20, silentSeconds: 8 },
};
const TONE = 'sine=frequency=440';
const STILL = 'testsrc2=size=640x360:rate=25,loop=loop=-1:size=1:start=0';
/** Another corner has the white box every 10 s. */
const SLIDES =
  "color=0x406080:size=640x360:rate=25[a];color=white:size=60x60:rate=25[b];[a][b]overlay=x='60*mod(floor(t/10),8)'";
/** Black for 40 s, then the test picture. */
const LATE = "testsrc2=size=640x360:rate=25,drawbox=t=fill:color=black:enable='lt(t,40)'";
const MOVING = 'testsrc2=size=640x360:rate=25';
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '600k', '-g', '50', '-pix_fmt', 'yuv420p'];

function publish(server: Headwater, name: string, video: string, audio: string, audioCodec = ['-c:a', 'aac']) {
  const inputs = ['-re', '-f', 'lavfi', '-i', video, '-re', '-f', 'lavfi', '-i', audio, '-t', '600'];
  const target = ['-f', 'flv', `${server.rtmp}/live/${name}`];
  const child = start('ffmpeg', ['-v', 'error', ...inputs, ...X264, ...audioCodec, '-b:a', '128k', ...target]);
  cleanups.push(() => child.stop('SIGKILL'));
}

type Streams = { streams: { name: string; health: { findings: { code: string; remedy: string }[] } }[] };

async function codesOf(server: Headwater): Promise<Record<string, string[]>> {
  const { streams } = await server.api<Streams>('/streams');
  const content = ['BLACK', 'FROZEN', 'SILENT'];
  return Object.fromEntries(
    streams.map(({ name, health }) => [
      name,
      health.findings.map(({ code }) => code).filter((code) => content.includes(code)),
    ]),
  );
}

type Events = { events: { kind: string; stream: string; data: { finding?: { code: string } } }[] };

async function eventsOf(server: Headwater, name: string): Promise<string[]> {
  const { events } = await server.api<Events>('/events?after=0&limit=1000');
  return events
    .filter((event) => event.stream === name && event.kind.startsWith('finding_'))
    .map(({ kind, data }) => `${kind} ${data.finding?.code}`);
}

describe('black, frozen and silent', () => {
  it('are told of what is, and of nothing else', async () => {
    const rules = { domains: [OPEN_DOMAIN], streams: [RULE] };
    const server = await startHeadwater({ rules, env: { DATABASE_URL: '' } });
    cleanups.push(() => server.stop());
    publish(server, 'black', 'color=black:size=640x360:rate=25', TONE);
    publish(server, 'still', STILL, 'anullsrc=sample_rate=48000');
    publish(server, 'slides', SLIDES, TONE);
    publish(server, 'late', LATE, TONE);
    publish(server, 'quiet', MOVING, 'anoisesrc=color=pink:amplitude=0.01:sample_rate=48000');
    const expected = { black: ['BLACK'], still: ['FROZEN', 'SILENT'], slides: [], late: ['BLACK'], quiet: [] };
    const seen: Record<string, Set<string>> = {};
    await until(
      'all is found',
      async () => {
        const codes = await codesOf(server);
        for (const [name, all] of Object.entries(codes)) {
          seen[name] ??= new Set();
          for (const code of all) seen[name].add(code);
        }
        const isOver = seen.late?.has('BLACK') && codes.late?.length === 0;
        return isOver && codes.black?.length === 1 && codes.still?.length === 2;
      },
      180_000,
    );
    expect(Object.fromEntries(Object.entries(seen).map(([name, all]) => [name, [...all].sort()]))).toEqual(expected);
    await until(
      'events told of it once each',
      async () => {
        const told = await Promise.all(Object.keys(expected).map((name) => eventsOf(server, name)));
        return told.flat().length >= 5 ? told : undefined;
      },
      60_000,
    ).then((told) =>
      expect(told.map((each) => each.sort())).toEqual([
        ['finding_raised BLACK'],
        ['finding_raised FROZEN', 'finding_raised SILENT'],
        [],
        ['finding_cleared BLACK', 'finding_raised BLACK'],
        [],
      ]),
    );
    const black = () => server.metric('headwater_content_findings{finding="black"}');
    await until('the metric says so', async () => (await black()) === 1, 30_000);
  });
});
