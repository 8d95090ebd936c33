import { CliError, type RunningServer } from '../installation/index.ts';
import { type Drill, untilSeen } from './drill.ts';
import { type Encoder, startEncoder } from './encoder.ts';
import { endStream, untilLive } from './live-stream.ts';
import { APP, makeTestDomain, pushUrl, type TestDomain } from './test-domain.ts';

type Rotated = { readonly main: string | null; readonly backup: string | null; readonly state?: string };

/** Rotates the push key of a domain of its own while it is pushed to, and looks which keys are good at each step. */
export async function keyRotation(drill: Drill, server: RunningServer, { ffmpeg }: { readonly ffmpeg: string }) {
  const { api, ports } = server;
  const domain = await makeTestDomain(drill, api);
  const first = domain.keys.push;
  let second = '';
  const push = (stream: string, key: string): Encoder => {
    const started = startEncoder(drill, { ffmpeg, url: pushUrl(domain, ports.rtmpPort, stream, key) });
    drill.after('the stream', () => endStream(api, nameOf(domain, stream)));
    return started;
  };
  /** Whether each key is taken; the stream of one that is not must not be there. */
  const check = async (label: string, keys: Readonly<Record<string, string>>) => {
    for (const [name, key] of Object.entries(keys)) {
      const stream = `${label}-${name}`;
      const encoder = push(stream, key);
      await untilLive(drill, api, encoder, nameOf(domain, stream));
      // Before its encoder goes, or it would be waited for.
      await endStream(api, nameOf(domain, stream));
      await encoder.kill();
    }
  };
  const rotate = async (step: 'add-backup' | 'promote') => {
    const rotated = await api.send<Rotated>('POST', `/domains/${domain.name}/keys/rotate`, { kind: 'push', step });
    if (rotated.main === null || rotated.backup === null || rotated.state === 'pending') {
      throw new CliError('the keys were not changed', 'Rules of the drill must not need a second person.');
    }
    return { main: rotated.main, backup: rotated.backup };
  };

  const isLive = async (encoder: Encoder, stream: string) => {
    const { state } = await api.get<{ readonly state: string }>(`/streams/${domain.name}/${APP}/${stream}`);
    if (encoder.isRunning && state === 'publishing') return;
    throw new CliError(
      `the stream ${stream} is ${state}`,
      'What runs with a good key must not be cut; look into the log.',
    );
  };
  let moved: Encoder | undefined;
  const running = push('running', first);
  await drill.step('before', async () => {
    await untilLive(drill, api, running, nameOf(domain, 'running'));
    return 'the stream running is live with the first key';
  });
  await drill.step('add-backup', async () => {
    const { main, backup } = await rotate('add-backup');
    second = backup;
    if (main !== first || second === first) throw unexpected('the new key is not beside the first one');
    await check('added', { first, second });
    return 'a second key is there; both are taken';
  });
  await drill.step('promote', async () => {
    const { main, backup } = await rotate('promote');
    if (main !== second || backup !== first) throw unexpected('the second key is not the main one now');
    await check('promoted', { first, second });
    return 'the second key is the main one; both are taken';
  });
  await drill.step('gap', async () => {
    await isLive(running, 'running');
    moved = push('moved', second);
    await untilLive(drill, api, moved, nameOf(domain, 'moved'));
    return 'the stream running was not interrupted; the stream moved is live with the second key';
  });
  await drill.step('retire', async () => {
    const { main, backup: third } = await rotate('add-backup');
    if (main !== second || [first, second].includes(third)) throw unexpected('the first key is still there');
    await check('retired', { second, third });
    if (moved) await isLive(moved, 'moved');
    return 'a third key took the place of the first; second and third are taken, the stream moved goes on';
  });
  await drill.step('refused', async () => {
    await refuses(drill, running, server, nameOf(domain, 'running'));
    await refuses(drill, push('again', first), server, nameOf(domain, 'again'));
    return 'the first key is refused, and who still pushed with it was ended';
  });
}

const nameOf = ({ name: domain }: TestDomain, stream: string) => ({ domain, app: APP, stream });

const unexpected = (message: string) => new CliError(message, 'See docs/domains.md on changing keys.');

const REFUSED_WITHIN_MS = 15_000;

/** The encoder is turned away, and its stream is not there. */
async function refuses(
  { signal }: Drill,
  encoder: Encoder,
  { api }: RunningServer,
  { domain, app, stream }: ReturnType<typeof nameOf>,
): Promise<void> {
  const remedy = 'The old key still opens the door: look at push.auth of the domain and at its stream keys.';
  await untilSeen('the first key is refused', () => !encoder.isRunning, {
    withinMs: REFUSED_WITHIN_MS,
    signal,
    remedy,
  });
  const { streams } = await api.get<{ readonly streams: readonly StreamRow[] }>('/streams?limit=1000');
  const isThere = streams.some((each) => each.domain === domain && each.app === app && each.name === stream);
  if (isThere) throw new CliError('the first key was taken', remedy);
}

type StreamRow = { readonly domain: string; readonly app: string; readonly name: string };
