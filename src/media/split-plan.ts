import type { VideoStream } from '../ffmpeg/index.ts';
import type { OutputPlan } from './output-plan.ts';
import {
  type FrameRate,
  leadInSeconds,
  type Piece,
  type PieceEncoding,
  type PieceSource,
  type TimeBase,
} from './split/index.ts';
import type { TranscodeTask } from './task.ts';
import { videoArguments } from './video-arguments.ts';

/** One part of the work that any worker can do. `of` are the outputs it is for, by their places in the tasks. */
export type SplitPart =
  | ({ readonly kind: 'piece'; readonly of: readonly number[] } & Piece)
  | { readonly kind: 'sound'; readonly of: readonly number[] }
  | { readonly kind: 'whole'; readonly of: readonly number[]; readonly because: string };

/** What was decided before anything is encoded. Plain JSON. */
export type SplitPlan = {
  readonly source: PieceSource;
  readonly durationSeconds?: number;
  readonly parts: readonly SplitPart[];
};

/** What a piece of a finer rate is timed in. */
const FINE: TimeBase = { num: 1, den: 90_000 };

/** Why a task is made in one pass; undefined where its pictures can be made in pieces, as those of the first can. */
export function wholeBecause(
  task: TranscodeTask,
  { video, template }: OutputPlan,
  first: TranscodeTask,
): string | undefined {
  if (video === 'copy') return 'its pictures are taken over as they are';
  if (video === undefined) return 'it has no pictures';
  if (template.container === 'gif' || template.container === 'webp') return 'it is a picture that moves';
  if (template.mode === 'twopass') return 'its encoder looks at the whole twice';
  if (task.clip || task.merge?.length) return 'it is only a part of its input, or several';
  if (task.rotate !== first.rotate) return 'it is turned, and the first is not so';
  if (task.audioTrack !== first.audioTrack) return 'it has another audio track than the first';
  return undefined;
}

/** How the pieces of one output are encoded. */
export function pieceEncoding(
  plan: OutputPlan,
  video: VideoStream,
  available: ReadonlySet<string>,
  {
    name,
    piece,
    source,
    drawing,
    turned,
  }: {
    readonly name: string;
    readonly piece: Piece;
    readonly source: PieceSource;
    readonly turned: readonly string[];
    readonly drawing: ((from: string, to: string, prefix: string) => readonly string[]) | undefined;
  },
): PieceEncoding {
  const pictures = typeof plan.video === 'object' ? plan.video.filters : [];
  const rate = pictures.find((filter) => filter.startsWith('fps='))?.slice('fps='.length);
  const isAvi = plan.template.container === 'avi';
  const fps = rate ? rationalOf(Number(rate)) : isAvi ? rationalOf(video.baseFps ?? video.fps ?? 25) : undefined;
  const tick = tickOf(plan, video);
  const startSeconds = ((piece.startTicks - source.startTicks) * source.timeBase.num) / source.timeBase.den;
  return {
    ...{ name, fps, tick },
    filters: (from, to, even) => {
      const evened = rate ? pictures.map((filter) => (filter.startsWith('fps=') ? even : filter)) : [...pictures, even];
      const chain = [...turned, ...evened].join(',');
      const label = `[d${to.slice(1)}`;
      return drawing
        ? [`${from}${chain}${label}`, ...drawing(label, to, `m${to.slice(1, -1)}_`)]
        : [`${from}${chain}${to}`];
    },
    args: shifted(videoArguments(plan.template, video, available, undefined), leadInSeconds(tick), startSeconds),
  };
}

/** What a single pass would count the times of an output in. */
export function tickOf({ template, video: pictures }: OutputPlan, video: VideoStream): TimeBase {
  const rate = typeof pictures === 'object' ? pictures.filters.find((filter) => filter.startsWith('fps=')) : undefined;
  if (rate === undefined && video.isVariableRate && template.container !== 'avi') return FINE;
  const { num, den } = rationalOf(rate ? Number(rate.slice('fps='.length)) : (video.baseFps ?? video.fps ?? 25));
  return { num: den, den: num };
}

/** Key frames at the times they would have in one pass: the encoder sees times that begin with the lead-in. */
function shifted(args: readonly string[], leadIn: number, startSeconds: number): string[] {
  return args.map((argument) => {
    const every = Number(/^expr:gte\(t,n_forced\*([\d.]+)\)$/.exec(argument)?.[1]);
    if (!Number.isFinite(every)) return argument;
    const before = Math.ceil(startSeconds / every - 1e-6);
    return `expr:gte(t,${leadIn}+(n_forced+${before})*${every})`;
  });
}

/** 29.97 is what people call 30000/1001. */
export function rationalOf(fps: number): FrameRate {
  const whole = Math.round(fps);
  if (Math.abs(fps - whole) < 1e-4) return { num: whole, den: 1 };
  const up = Math.ceil(fps);
  if (Math.abs(fps - (up * 1000) / 1001) < 5e-4) return { num: up * 1000, den: 1001 };
  return { num: Math.round(fps * 1000), den: 1000 };
}
