import type { RunningServer } from '../installation/index.ts';
import { CliError } from '../installation/index.ts';
import { openCallbackEar } from './callback-ear.ts';
import { type Drill, seconds, untilSeen } from './drill.ts';
import { type Encoder, startEncoder } from './encoder.ts';
import { DrillEvents } from './events.ts';
import { endStream, untilLive } from './live-stream.ts';
import { APP, addRule, makeTestDomain, playPath, pushUrl } from './test-domain.ts';
import { startViewer } from './viewer.ts';

const STREAM = 'encoder-loss';
const CODE = 'STREAM_OFFLINE';
const OFFLINE_SECONDS = 3;
const SPARE_SECONDS = 30;
const WAIT_SECONDS = 30;
const SILENT_MS = 600_000;
const CLEARED_MS = 20_000;

export type EncoderLossOptions = {
  readonly ffmpeg: string /** Let alarm channels hear of it. */;
  readonly tell: boolean;
};

/** Kills the encoder of a stream that is expected, and looks whether everybody learns of it once and nobody is lost. */
export async function encoderLoss(drill: Drill, server: RunningServer, { ffmpeg, tell }: EncoderLossOptions) {
  const { api, ports } = server;
  const { signal } = drill;
  const domain = await makeTestDomain(drill, api);
  const events = await DrillEvents.open(api, domain.name);
  const ear = await openCallbackEar(drill);
  const match = { domain: domain.name, app: APP, stream: STREAM };
  const url = pushUrl(domain, ports.rtmpPort, STREAM);
  // After the encoders: only a publisher who comes back and leaves in order ends what waits for one.
  drill.after('the stream that waits', async () => {
    if ((await streamState(server, match)) === undefined) return;
    await startEncoder({ after: () => undefined }, { ffmpeg, url, forSeconds: 1 }).ended;
  });
  const push = () => {
    const started = startEncoder(drill, { ffmpeg, url });
    // Before its encoder goes, or it would be waited for.
    drill.after('the stream', () => endStream(api, match));
    return started;
  };
  if (!tell) await silence(drill, server, { domain: domain.name, events });
  let encoder: Encoder | undefined;
  const seen = (what: string, look: Parameters<typeof untilSeen>[1], withinMs: number, remedy: string) =>
    untilSeen(what, look, { withinMs, signal, remedy });

  let policy: Policy = { code: CODE, enabled: true, holdSeconds: OFFLINE_SECONDS, clearSeconds: 5 };
  await drill.step('rules', async () => {
    policy = await policyOf(server);
    const rule = { match, tags: domain.tags, publish: { waitSeconds: WAIT_SECONDS }, ...NOTHING_KEPT };
    const path = await addRule(drill, api, '/stream-rules', rule);
    const id = `drill-${domain.name.slice('drill-'.length, -'.invalid'.length)}`;
    await addRule(drill, api, '/callbacks', { id, url: ear.url, match: { domain: domain.name }, tags: domain.tags });
    encoder = push();
    await untilLive(drill, api, encoder, match);
    const expected = { ...rule, alarms: { expected: 'always', offlineSeconds: OFFLINE_SECONDS } };
    await api.send('PUT', path, expected);
    return `${APP}/${STREAM} is live and expected${tell ? '' : '; no alarm channel is told'}`;
  });

  let viewer: Awaited<ReturnType<typeof startViewer>> | undefined;
  await drill.step('viewer', async () => {
    const watching = await startViewer(drill, {
      ...{ port: ports.playbackPort, path: playPath(domain, STREAM), host: domain.name },
    });
    viewer = watching;
    await seen('the viewer gets media', () => watching.bytes > 20_000, 15_000, 'Look into the log of the server.');
    // A publish of less than two seconds is not told of.
    const remedy = 'See whether events are written: /api/v1/health, journal and database.';
    await seen('the event publish', () => events.count('publish'), 30_000, remedy);
    return 'a viewer watches by HTTP-FLV, and the event publish is there';
  });

  await drill.step('loss', async () => {
    await encoder?.kill();
    const remedy = 'See whether events are written: /api/v1/health, journal and database.';
    const { afterMs } = await seen(
      'the event stream_interrupted',
      () => events.count('stream_interrupted'),
      30_000,
      remedy,
    );
    return `the encoder was killed; the event came after ${seconds(afterMs)}`;
  });

  await drill.step('callback', async () => {
    const remedy = 'See the console, Callbacks: why this machine is not reached.';
    const { afterMs } = await seen('the callback publish_done', () => ear.count('publish_done'), 30_000, remedy);
    return `publish_done was called back, ${seconds(afterMs)} later`;
  });

  await drill.step('alarm', async () => {
    const remedy = 'See the log of the server, and with several nodes whether one of them watches for all.';
    const look = () => events.count('alarm_raised', 'STREAM_OFFLINE');
    const { afterMs } = await seen(
      'STREAM_OFFLINE is raised',
      look,
      (policy.holdSeconds + SPARE_SECONDS) * 1000,
      remedy,
    );
    return `STREAM_OFFLINE was raised, ${seconds(afterMs)} later (${OFFLINE_SECONDS} s are allowed)`;
  });

  await drill.step('waiting', async () => {
    const { state } = (await streamState(server, match)) ?? {};
    if (viewer?.isConnected && state !== 'publishing' && state !== undefined)
      return 'the stream waits, the viewer is kept';
    throw new CliError(
      viewer?.isConnected ? `the stream is ${state ?? 'gone'}` : 'the viewer was disconnected',
      'See publish.waitSeconds in docs/rules.md.',
    );
  });

  await drill.step('return', async () => {
    const before = viewer?.bytes ?? 0;
    await untilLive(drill, api, push(), match);
    const hasMore = () => viewer?.isConnected && viewer.bytes > before + 20_000;
    const { afterMs } = await seen(
      'the same viewer gets media again',
      hasMore,
      20_000,
      'Look into the log of the server.',
    );
    return `a new encoder is live, the same viewer gets media again ${seconds(afterMs)} later`;
  });

  await drill.step('cleared', async () => {
    const remedy = 'See the console, Alarms.';
    const look = () => events.count('alarm_cleared', 'STREAM_OFFLINE');
    const { afterMs } = await seen(
      'STREAM_OFFLINE is cleared',
      look,
      (policy.clearSeconds + SPARE_SECONDS) * 1000,
      remedy,
    );
    return `STREAM_OFFLINE was cleared, ${seconds(afterMs)} later`;
  });

  await drill.step('once', async () => {
    const counts = {
      'STREAM_OFFLINE raised': await events.count('alarm_raised', 'STREAM_OFFLINE'),
      'STREAM_OFFLINE cleared': await events.count('alarm_cleared', 'STREAM_OFFLINE'),
      'stream_interrupted events': await events.count('stream_interrupted'),
      'stream_resumed events': await events.count('stream_resumed'),
      'publish_done callbacks': ear.count('publish_done'),
    };
    const wrong = Object.entries(counts).filter(([, count]) => count !== 1);
    if (wrong.length === 0) return 'each of these happened once';
    throw new CliError(
      wrong.map(([what, count]) => `${what}: ${count} times`).join(', '),
      'Look into the log of the server.',
    );
  });
}

type Policy = {
  readonly code: string;
  readonly enabled: boolean;
  readonly holdSeconds: number;
  readonly clearSeconds: number;
};

async function policyOf({ api }: RunningServer): Promise<Policy> {
  const { codes } = await api.get<{ readonly codes: readonly Policy[] }>('/alarm-codes');
  const policy = codes.find(({ code }) => code === CODE);
  if (policy?.enabled) return policy;
  throw new CliError('alarmPolicies switches STREAM_OFFLINE off', 'Nobody would be woken: take that policy away.');
}

/** What general rules may want of every stream; this one leaves nothing behind. */
const NOTHING_KEPT = {
  ...{ record: { enabled: false }, snapshot: { enabled: false }, timeShift: { enabled: false } },
  transcode: { templates: [], groups: [] },
};

type Match = { readonly domain: string; readonly app: string; readonly stream: string };

function streamState({ api }: RunningServer, { domain, app, stream }: Match) {
  return api.get<{ readonly state: string }>(`/streams/${domain}/${app}/${stream}`).catch(() => undefined);
}

type Quiet = { readonly domain: string; readonly events: DrillEvents };

/** Nobody is to be woken by a drill, nor at its end, when the silence goes. */
async function silence(drill: Drill, { api }: RunningServer, { domain, events }: Quiet): Promise<void> {
  const until = new Date(Date.now() + SILENT_MS).toISOString();
  const { id } = await api.send<{ readonly id: string }>('POST', '/alarm-silences', {
    ...{ subject: `${domain}/*`, until, reason: 'headwater drill encoder-loss' },
  });
  drill.after('the silence', async () => {
    const isOver = async () => (await events.count('alarm_raised')) === (await events.count('alarm_cleared'));
    const waiting = {
      withinMs: CLEARED_MS,
      signal: new AbortController().signal,
      remedy: 'It ends within ten minutes.',
    };
    await untilSeen('the alarm of the drill is cleared', isOver, waiting);
    await api.remove(`/alarm-silences/${id}`);
  });
}
