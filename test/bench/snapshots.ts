// What pictures of many streams cost: `npx tsx test/bench/snapshots.ts [streams] [everySeconds] [seconds] [size] [shortSide]`.
// Key frames of a real encoder go to the picture maker as the server would give them; FFmpeg's CPU is counted, too.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { annexBNalUnits, nalUnitType } from '../../src/protocol/h264/index.ts';
import { joinAnnexB } from '../../src/protocol/nal/index.ts';
import { PictureMaker } from '../../src/snapshot/index.ts';

const [streams = 200, everySeconds = 10, seconds = 20] = process.argv.slice(2, 5).map(Number);
const size = process.argv[5] ?? '1280x720';
const shortSide = process.argv[6] === undefined ? undefined : Number(process.argv[6]);
const bitrate = size === '1920x1080' ? '5M' : '2500k';
const CLOCK_TICKS = 100;
const IDR = 5;
const PARAMETER_SETS = [7, 8];

/** CPU of this process and of the children that it has waited for, in seconds. */
function cpuSeconds(): { own: number; children: number } {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) / CLOCK_TICKS, children: (childUser + childSystem) / CLOCK_TICKS };
}

/** Key frames as an encoder makes them at a live bitrate, each with its parameter sets. */
function keyFrames(): Uint8Array[] {
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`, '-t', '24', '-c:v', 'libx264'];
  const rate = ['-preset', 'veryfast', '-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate, '-g', '50'];
  const bytes = execFileSync('ffmpeg', ['-v', 'error', ...source, ...rate, '-f', 'h264', 'pipe:1'], {
    maxBuffer: 1e9,
  });
  const units = [...annexBNalUnits(bytes)];
  const isOf = (types: readonly number[]) => (unit: Uint8Array) => types.includes(nalUnitType(unit));
  const parameterSets = units.filter(isOf(PARAMETER_SETS)).slice(0, 2);
  return units.filter(isOf([IDR])).map((unit) => joinAnnexB([...parameterSets, unit]));
}

const [width = 0, height = 0] = size.split('x').map(Number);
const scaledTo = shortSide && { width: 2 * Math.round((shortSide * width) / height / 2), height: shortSide };
const frames = keyFrames();
const frameBytes = frames.reduce((sum, { length }) => sum + length, 0) / frames.length;
const maker = new PictureMaker({ ffmpegPath: 'ffmpeg' });
const before = cpuSeconds();
const startedMs = performance.now();
const total = Math.round((streams / everySeconds) * seconds);
let pictureBytes = 0;
let made = 0;
const pending: Promise<void>[] = [];
for (let i = 0; i < total; i++) {
  await delay(startedMs + (i * 1000 * seconds) / total - performance.now());
  const bytes = frames[i % frames.length] ?? new Uint8Array();
  const tile = { width: 2 * Math.round((90 * width) / height / 2), height: 90 };
  const colours = { matrix: 'bt709', isFullRange: false } as const;
  const frame = { format: 'h264' as const, group: `h264 ${size}`, size: { width, height }, colours, tile, bytes };
  const picture = maker.picture(scaledTo ? { ...frame, scaledTo } : frame);
  pending.push(
    picture.then(({ jpeg }) => {
      pictureBytes += jpeg.length;
      made++;
    }),
  );
}
await Promise.all(pending);
const wallSeconds = (performance.now() - startedMs) / 1000;
const after = cpuSeconds();
const own = after.own - before.own;
const children = after.children - before.children;
console.log(
  JSON.stringify({
    ...{ streams, everySeconds, size, shortSide, made, wallSeconds: Number(wallSeconds.toFixed(1)) },
    keyFrameBytes: Math.round(frameBytes),
    pictureBytes: Math.round(pictureBytes / made),
    ownCore: `${((own / wallSeconds) * 100).toFixed(1)} %`,
    ffmpegCore: `${((children / wallSeconds) * 100).toFixed(1)} %`,
    msPerPicture: Number((((own + children) / made) * 1000).toFixed(1)),
  }),
);
await maker.close();
