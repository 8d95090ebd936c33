import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RulesInput } from '../../../src/rules/index.ts';
import { actionsOf, CallbackReceiver } from '../../support/callback-receiver.ts';
import { openDescriptors } from '../../support/descriptors.ts';
import { makeFlv } from '../../support/flv-file.ts';
import { tempDir, until } from '../../support/index.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';
import { type SystemPostgres, startSystemPostgres } from '../../system/store/helpers.ts';
import { Encoder } from './encoders.ts';
import { Family, kill, residentBytes } from './processes.ts';
import { seeded } from './random.ts';
import { Supervised } from './supervised.ts';
import { FlvWatcher, HlsWatcher, type Sequences, type Watcher } from './watchers.ts';

export type Scenario = {
  readonly minutes: number;
  readonly seed: number;
  readonly encoders: number;
  readonly viewers: number;
  /** Mean time between two kills. */
  readonly everyMs: number;
};

export type Outcome = {
  readonly kills: Readonly<Record<string, number>>;
  readonly flaws: readonly string[];
  readonly callbacks: CallbackReceiver;
  readonly missingFiles: readonly string[];
  readonly recordedFiles: number;
  readonly exitCode: number | null;
  readonly orphans: readonly string[];
  readonly before: Figures;
  readonly after: Figures;
};

type Figures = { readonly descriptors: number; readonly residentBytes: number };

/** Whoever has had a server and an encoder for so long and sees nothing is stuck. */
const STUCK_MS = 20_000;
const DATABASE_DOWN_MS = 2000;
const REST_MS = 45_000;
const LADDERS = ['s0', 's1'];

/** Kills server, playback workers, FFmpeg and PostgreSQL at random under load, and gives what was seen meanwhile and afterwards. */
export async function randomKills({ minutes, seed, encoders, viewers, everyMs }: Scenario): Promise<Outcome> {
  const family = new Family();
  const home = await tempDir('random-kills');
  const random = seeded(seed);
  const database = await startSystemPostgres();
  const callbacks = await CallbackReceiver.start();
  callbacks.dropsRepetitions = true;
  const picture = await makeFlv({ seconds: 20, fps: 10, gop: 20, size: '160x90' });
  const recordings = join(home.path, 'recordings');
  const supervised = await Supervised.start({
    rules: rules(callbacks),
    dataDir: join(home.path, 'data'),
    env: {
      ...{ DATABASE_URL: database.url, HEADWATER_RECORDINGS_DIR: recordings },
      ...{ HEADWATER_ARCHIVE_DIR: join(home.path, 'archive'), HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0' },
      ...{ HEADWATER_LIMITS_CONNECTIONS_PER_ADDRESS: '0', HEADWATER_LOG_LEVEL: 'warn' },
      HEADWATER_PLAYBACK_WORKERS: '2',
    },
  });
  try {
    const before = await figures(supervised);
    const load = new Load(supervised, { encoders, viewers, tags: picture.tags });
    const kills = { server: 0, worker: 0, ffmpeg: 0, postgres: 0 };
    const killing = killAtRandom({ supervised, database, family, random, kills, everyMs, lastMs: minutes * 60_000 });
    const flaws = [...(await load.watched(killing))];
    await until('the server is up', () => supervised.upMs() > 1000, 300_000);
    flaws.push(...(await load.settled()));
    await load.stop();
    const isTold = () => isAllTold(supervised, callbacks, load.streams);
    await until('all callbacks are told', isTold, 120_000, 500).catch((error: Error) => flaws.push(error.message));
    const files = recordedFiles(callbacks);
    const missingFiles = files.filter((file) => !existsSync(join(recordings, file)));
    const after = await figuresAtRest(supervised, before);
    const exitCode = await supervised.stop();
    await delay(500);
    const orphans = family.left().map(({ pid, name: called }) => `${called} (${pid})`);
    return {
      ...{ kills, flaws, callbacks, missingFiles, recordedFiles: files.length, exitCode, orphans, before, after },
    };
  } finally {
    await supervised.stop().catch(() => undefined);
    for (const { pid } of family.left()) kill(pid);
    database.remove();
    await callbacks.down();
    await picture.remove();
    await home.remove();
  }
}

function rules(callbacks: CallbackReceiver): RulesInput {
  const record = { enabled: true, delaySeconds: 15, formats: [{ format: 'mp4' as const, cycleSeconds: 15 }] };
  return {
    domains: [OPEN_DOMAIN],
    streams: [
      { match: { app: 'live' }, publish: { waitSeconds: 5 }, timeShift: { enabled: true } },
      ...LADDERS.map((stream) => ({
        ...{ match: { app: 'live', stream }, publish: { waitSeconds: 5 }, timeShift: { enabled: true }, record },
        transcode: { templates: ['small'], lazy: false },
      })),
    ],
    templates: [{ name: 'small', video: { shortSide: 72, bitrateKbps: 50, fps: 5 } }],
    callbacks: [
      { id: 'apsara', url: callbacks.url('apsara'), form: 'apsara', events: ['publish', 'publish_done'] },
      { id: 'json', url: callbacks.url('json'), form: 'json', events: ['record_file'] },
    ],
  };
}

/** Encoders and viewers, and who of them sees what nobody may. */
class Load {
  readonly #supervised: Supervised;
  readonly #encoders: Encoder[];
  readonly #watchers: Watcher[];
  readonly #running: Promise<unknown>;

  constructor(
    supervised: Supervised,
    load: { encoders: number; viewers: number; tags: ConstructorParameters<typeof Encoder>[2] },
  ) {
    this.#supervised = supervised;
    const { rtmpPort, playback } = supervised.server;
    const names = Array.from({ length: load.encoders }, (_, n) => `s${n}`);
    this.#encoders = names.map((stream) => new Encoder(rtmpPort, stream, load.tags));
    const seen: Sequences = new Map();
    this.#watchers = Array.from({ length: load.viewers }, (_, n) => {
      const stream = names[n % names.length] ?? '';
      return n % 3 === 2 ? new HlsWatcher(playback, stream, seen) : new FlvWatcher(playback, stream);
    });
    this.#running = Promise.all(this.#watchers.map((each) => each.run()));
  }

  get streams(): string[] {
    return this.#encoders.map(({ name }) => name);
  }

  /** Looks for stuck viewers while something goes on. */
  async watched(work: Promise<void>): Promise<Set<string>> {
    const stuck = new Set<string>();
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const flaw of this.#stuck()) stuck.add(flaw);
      await Promise.race([over, delay(500)]);
    }
    await over;
    return stuck;
  }

  /** When nothing is killed any more, everybody gets pictures again; gives all flaws that were seen. */
  async settled(): Promise<string[]> {
    const counts = this.#watchers.map(({ media }) => media);
    const others = () => this.#watchers.filter(({ media }, n) => media < (counts[n] ?? 0) + 3).length;
    const all = await until('everybody sees pictures', () => others() === 0, 90_000, 500).catch(() => false);
    const left = all === true ? [] : [`${others()} viewers saw nothing 90 s after the last kill`];
    return [...left, ...this.#watchers.flatMap(({ flaws }) => flaws)];
  }

  async stop(): Promise<void> {
    for (const each of this.#watchers) each.stop();
    await this.#running;
    await Promise.all(this.#encoders.map((each) => each.stop()));
  }

  #stuck(): string[] {
    return this.#watchers.flatMap((watcher) => {
      const encoder = this.#encoders.find(({ name }) => name === watcher.stream);
      const served = Math.min(encoder?.onAirMs() ?? 0, this.#supervised.upMs(), watcher.silentMs());
      const kind = watcher.constructor.name;
      return served > STUCK_MS ? [`${kind} of ${watcher.stream} saw nothing for ${STUCK_MS} ms`] : [];
    });
  }
}

type Killing = {
  readonly supervised: Supervised;
  readonly database: SystemPostgres;
  readonly family: Family;
  readonly random: () => number;
  readonly kills: { server: number; worker: number; ffmpeg: number; postgres: number };
  readonly everyMs: number;
  readonly lastMs: number;
};

async function killAtRandom(killing: Killing): Promise<void> {
  const { supervised, database, random, kills, everyMs, lastMs } = killing;
  const endMs = performance.now() + lastMs;
  while (performance.now() < endMs) {
    await delay(everyMs * (0.25 + 1.5 * random()));
    const victims = {
      ffmpeg: started(killing, 'ffmpeg'),
      worker: started(killing, 'node'),
      server: supervised.upMs() > 0 ? [supervised.pid] : [],
      postgres: [0],
    };
    const kinds = (Object.keys(victims) as (keyof typeof victims)[]).filter((kind) => victims[kind].length > 0);
    const chosen = kinds[Math.floor(random() * kinds.length)] ?? 'postgres';
    kills[chosen]++;
    const pid = victims[chosen][Math.floor(random() * victims[chosen].length)];
    if ((chosen === 'ffmpeg' || chosen === 'worker') && pid !== undefined) kill(pid);
    if (chosen === 'server') supervised.kill();
    if (chosen === 'postgres') {
      database.kill();
      await delay(DATABASE_DOWN_MS);
      await until('the database starts again', () => starts(database), 60_000, 500);
    }
  }
}

/** What the server has started and that is called so: FFmpeg, or a playback worker. */
function started({ supervised, family }: Killing, called: string): number[] {
  if (supervised.upMs() === 0) return [];
  return family.look(supervised.pid).flatMap(({ name, pid }) => (name === called ? [pid] : []));
}

/** What a killed PostgreSQL left must be gone before the next one starts. */
function starts(database: SystemPostgres): boolean {
  try {
    database.start();
    return true;
  } catch {
    return false;
  }
}

/** Every stream has its stop told, and nothing waits to be. */
async function isAllTold({ server }: Supervised, callbacks: CallbackReceiver, streams: readonly string[]) {
  const isEnded = (stream: string) => actionsOf(callbacks, 'apsara', stream).at(-1) === 'publish_done';
  return streams.every(isEnded) && (await server.metric('headwater_callback_queue')) === 0;
}

const recordedFiles = (callbacks: CallbackReceiver): string[] => [
  ...new Set(
    callbacks.told('json').map(({ body }) => {
      const { data } = JSON.parse(body) as { data: { recording: { object: string } } };
      return data.recording.object;
    }),
  ),
];

/** Copies of streams and files of streams that ended go within half a minute or so. */
async function figuresAtRest(supervised: Supervised, before: Figures): Promise<Figures> {
  const isAtRest = async () => (await figures(supervised)).descriptors <= before.descriptors;
  await until('what was open is closed', isAtRest, REST_MS, 1000).catch(() => undefined);
  return figures(supervised);
}

async function figures({ pid }: Supervised): Promise<Figures> {
  return { descriptors: await openDescriptors(pid), residentBytes: residentBytes(pid) };
}
