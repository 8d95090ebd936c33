import { type ChildProcess, spawn } from 'node:child_process';
import type { Drill } from './drill.ts';

/** An encoder of the drill's own, in real time, for ten minutes at most. */
export type Encoder = {
  /** As a power failure does it; resolves when it is gone. */
  kill(): Promise<void>;
  /** Its exit code once it has ended; null after a signal. */
  readonly ended: Promise<number | null>;
  readonly isRunning: boolean;
  /** The end of what it said, without addresses. */
  lastWords(): string;
};

const PICTURE = [
  ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-re'],
  ...[
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=320x180:rate=25',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=440:sample_rate=48000',
  ],
];
const CODECS = [
  ...[
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-g',
    '25',
    '-b:v',
    '300k',
    '-pix_fmt',
    'yuv420p',
  ],
  ...['-c:a', 'aac', '-b:a', '64k'],
];
const MOST_SECONDS = 600;
const MAX_WORDS = 4000;

/** Pushes a test picture to an RTMP URL. It never outlives the drill. */
export function startEncoder(
  drill: Pick<Drill, 'after'>,
  {
    ffmpeg,
    url,
    forSeconds = MOST_SECONDS,
  }: { readonly ffmpeg: string; readonly url: string; readonly forSeconds?: number },
): Encoder {
  const args = [...PICTURE, '-t', String(forSeconds), ...CODECS, '-f', 'flv', url];
  const child: ChildProcess = spawn(ffmpeg, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-MAX_WORDS);
  });
  let isRunning = true;
  const ended = new Promise<number | null>((resolve) => {
    const end = (code: number | null) => {
      isRunning = false;
      resolve(code);
    };
    child.once('error', (error) => {
      words += error.message;
      end(127);
    });
    child.once('close', end);
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  drill.after('the encoder', kill);
  return {
    kill,
    ended,
    get isRunning() {
      return isRunning;
    },
    lastWords: () =>
      words
        .trim()
        .replaceAll(/rtmps?:\/\/\S+/g, 'its URL')
        .split('\n')
        .at(-1) ?? '',
  };
}
