import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { publishOnce, pushUrlOf, type Size, smallerSize, type Target, withoutKeys } from './test-picture/index.ts';

const USAGE = `Pushes a moving test picture with sound and a clock that people and programs can read.

  --url URL          where to, such as rtmp://127.0.0.1/live/demo?key=...
  --data-dir DIR     instead: as live/demo to the server that keeps its state there, once it is ready
  --host HOST        the host of that server (127.0.0.1)
  --size WxH         1280x720
  --fps N            30
  --seconds N        end after that long
  --no-audio         pictures only
  --retry            connect again when the connection is lost, with a smaller picture where the machine is too slow
  --with-parent      the server is the process that started this one; end when it does
`;

const OPTIONS = {
  url: { type: 'string' },
  'data-dir': { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  size: { type: 'string', default: '1280x720' },
  fps: { type: 'string', default: '30' },
  seconds: { type: 'string', default: 'Infinity' },
  audio: { type: 'boolean', default: true },
  retry: { type: 'boolean', default: false },
  'with-parent': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const READY_POLL_MS = 200;
const RETRY_MS = 1000;

function readArguments() {
  const { values } = parseArgs({ options: OPTIONS, allowNegative: true });
  const [width, height] = (/^(\d+)x(\d+)$/.exec(values.size) ?? []).slice(1).map(Number);
  const numbers = { width, height, fps: Number(values.fps), maxMs: Number(values.seconds) * 1000 };
  if (!width || !height || !(numbers.fps > 0) || !(numbers.maxMs > 0)) {
    throw new TypeError('--size is such as 1280x720; --fps and --seconds are positive numbers');
  }
  return { ...values, ...numbers, width, height };
}

function targetOf({ url, host, ...values }: ReturnType<typeof readArguments>): Target {
  if (url !== undefined) return { kind: 'url', url };
  const dataDir = values['data-dir'];
  if (dataDir === undefined) throw new TypeError('--url or --data-dir says where to push');
  return { kind: 'server', dataDir, host, pid: values['with-parent'] ? process.ppid : undefined };
}

/** Aborted by signals, and by the parent's end: an orphan gets another parent. */
function untilTold(withParent: boolean): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  const parent = process.ppid;
  if (withParent) {
    setInterval(() => {
      if (process.ppid !== parent) controller.abort();
    }, READY_POLL_MS).unref();
  }
  return controller.signal;
}

async function waitForUrl(target: Target, signal: AbortSignal): Promise<string | undefined> {
  while (!signal.aborted) {
    const url = pushUrlOf(target);
    if (url !== undefined) return url;
    await delay(READY_POLL_MS);
  }
  return undefined;
}

/** A picture that falls behind for ever is worse than a smaller one. */
function nextSize(asked: Size, current: Size): Size {
  const next = smallerSize(asked, current);
  if (next === undefined) return current;
  const words = `This machine is too slow for ${current.width}x${current.height} just now`;
  console.error(`test picture: ${words}; going on with ${next.width}x${next.height}.`);
  return next;
}

async function publish(signal: AbortSignal): Promise<number> {
  const options = readArguments();
  const target = targetOf(options);
  const ffmpeg = process.env.HEADWATER_FFMPEG_PATH || process.env.FFMPEG_PATH || 'ffmpeg';
  let size: Size = options;
  let remainingMs = options.maxMs;
  while (remainingMs > 0) {
    const url = await waitForUrl(target, signal);
    if (url === undefined) return 0;
    const { fps, audio: hasAudio } = options;
    const { width, height } = size;
    const attempt = { url, width, height, fps, hasAudio, ffmpeg, maxMs: remainingMs };
    const { exitCode, sentMs, complaint, isTooSlow } = await publishOnce(attempt, signal);
    if (exitCode === 0) return 0;
    console.error(`test picture: not connected any more. ${withoutKeys(complaint)}`);
    if (!options.retry) return exitCode;
    if (isTooSlow) size = nextSize(options, size);
    remainingMs -= sentMs;
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return 0;
  }
  return 0;
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return;
  }
  try {
    process.exitCode = await publish(untilTold(process.argv.includes('--with-parent')));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    console.error(missing ? 'test picture: there is no FFmpeg to make it with' : String(error));
    process.exitCode = missing ? 69 : 64;
  }
}

await main();
