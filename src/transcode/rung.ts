import { isDeepStrictEqual } from 'node:util';
import type { Rendition } from '../live/index.ts';
import { isEncoded } from './ffmpeg-arguments.ts';
import type { RenditionEventKind } from './ladder-event.ts';
import { RungOutput } from './rung-output.ts';
import { lookAheadMsOf, type MarkedTemplate, planRung, type RungPlan, type SourceFacts } from './rung-plan.ts';
import { isSameSource } from './same-source.ts';
import { Throughput } from './throughput.ts';

/**
 * `idle` waits for a viewer, `starting` has no picture yet, `shed` was given up for a while because the machine is too
 * slow, `failed` is tried again or can't be made; the reason says which.
 */
export type RungState = 'idle' | 'starting' | 'live' | 'shed' | 'failed';

export type RungOverview = {
  readonly template: string;
  /** The name it plays under. */
  readonly name?: string;
  readonly state: RungState;
  readonly reason?: string;
  /** The reason is a limit of the rules; it begins when there is room. */
  readonly isHeldBack?: true;
  readonly isLazy: boolean;
  readonly latency: 'low' | 'quality';
  /** What the encoder's looking ahead adds to the delay, in ms, by the pictures it keeps. */
  readonly lookAheadMs?: number;
  /** By name, in the order in which they are drawn; with the reason, where one is not. */
  readonly watermarks?: readonly { readonly name: string; readonly reason?: string }[];
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly bitrateKbps?: number;
  readonly fps?: number;
};

/** A lazy rung stops this long after its last viewer. */
const UNVIEWED_MS = 30_000;
/** How long a rung is given up for the first time; twice as long each time after. */
const SHED_MS = 60_000;
const LONGEST_SHED_MS = 600_000;

/** A plan is kept if another would have no more than so many times its bits or pictures, or so many times fewer. */
const FIRST_TOLERATED = 1.1;
const OFTEN_TOLERATED = 1.5;

/** One rendition of a ladder, over all of FFmpeg's runs. */
export class Rung {
  readonly template: MarkedTemplate;
  /** Undefined where somebody publishes under its name. */
  readonly rendition: Rendition | undefined;
  readonly isLazy: boolean;
  plan: RungPlan | undefined;
  output: RungOutput | undefined;
  /** A viewer asked for it. */
  isWanted: boolean;
  lastViewedMs = 0;
  /** Monotonic time at which a shed rung is tried again. */
  shedUntilMs: number | undefined;
  timesShed = 0;
  reason: string | undefined;
  /** It waits until others are over; the reason says which limit is reached. */
  isPostponed = false;
  readonly throughput = new Throughput();
  #facts: SourceFacts['tracks'] | undefined;
  /** Whether the plan knows what the source is like, and not only what it says of itself. */
  #isMeasured = false;
  /** The last state that operators heard of. */
  #told: RungState = 'idle';

  constructor(template: MarkedTemplate, rendition: Rendition | undefined, isLazy: boolean) {
    this.template = template;
    this.rendition = rendition;
    this.isLazy = isLazy;
    this.isWanted = !isLazy;
    if (!rendition) this.reason = 'somebody publishes under its name';
  }

  get state(): RungState {
    if (!this.rendition) return 'failed';
    if (this.shedUntilMs !== undefined) return 'shed';
    if (!this.isWanted) return this.reason ? 'failed' : 'idle';
    if (this.reason) return 'failed';
    return this.rendition.stream ? 'live' : 'starting';
  }

  /** It is to be made now, if it can be. */
  get isDue(): boolean {
    return this.rendition !== undefined && this.isWanted && this.shedUntilMs === undefined;
  }

  /** The limit that it waits for. */
  get heldBackBy(): string | undefined {
    return this.isPostponed ? this.reason : undefined;
  }

  /** Needs FFmpeg. */
  get isEncoded(): boolean {
    return this.plan !== undefined && (isEncoded(this.plan.video) || isEncoded(this.plan.audio));
  }

  /** How much work it is, to tell which rung is the topmost. */
  get weight(): number {
    const video = this.plan?.video;
    return isEncoded(video) ? video.width * video.height : 0;
  }

  /** Resolves its template against the source; false where it can't be made of it. */
  planFor(facts: SourceFacts): boolean {
    if (this.plan && this.#facts === facts.tracks) return true;
    const planned = planRung(this.template, facts);
    this.#facts = facts.tracks;
    this.#isMeasured = facts.videoKbps !== undefined;
    this.reason = 'reason' in planned ? planned.reason : undefined;
    const plan = 'plan' in planned ? planned.plan : undefined;
    // What runs is compared by its plan: an equal one is the same.
    if (!isDeepStrictEqual(plan, this.plan)) this.plan = plan;
    return this.plan !== undefined;
  }

  /** Plans it anew where the source turned out to be another than the plan was made for; says whether it did. */
  replan(facts: SourceFacts): boolean {
    if (!this.plan || !this.#facts || !isSameSource(this.#facts, facts.tracks)) return false;
    const tolerance = this.#isMeasured ? OFTEN_TOLERATED : FIRST_TOLERATED;
    this.#isMeasured = true;
    const planned = planRung(this.template, facts);
    if (!('plan' in planned) || !isAnother(this.plan, planned.plan, tolerance)) return false;
    this.plan = planned.plan;
    return true;
  }

  /** The way into its stream; the same one for as long as the source keeps its tracks. */
  outputFor(plan: RungPlan): RungOutput {
    if (!this.rendition) throw new Error('a rung without a rendition has no output');
    this.output ??= new RungOutput(this.rendition, plan);
    this.output.plan(plan);
    return this.output;
  }

  /** How it is now, for operators. */
  overview(): RungOverview {
    const { template, state, reason, isLazy, rendition } = this;
    const measured = this.throughput.measure();
    const video = rendition?.stream?.tracks.video;
    const lookAheadMs = lookAheadMsOf(template, measured.fps);
    return {
      template: template.name,
      ...(rendition ? { name: rendition.id.name } : {}),
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(this.isPostponed ? { isHeldBack: true } : {}),
      isLazy,
      latency: template.latency,
      ...(lookAheadMs === undefined ? {} : { lookAheadMs }),
      ...watermarksOf(template),
      ...(video ? { codec: video.codecString, width: video.width, height: video.height } : {}),
      ...(state === 'live' ? { bitrateKbps: measured.kbps, fps: measured.fps } : {}),
    };
  }

  /** To be called about once a second. */
  sample(nowMs: number): void {
    const { output } = this;
    if (output) this.throughput.sample(nowMs, { bytes: output.totalBytes, pictures: output.totalPictures });
  }

  /** Notes the limit that it waits for, or that it waits no more. */
  postpone(reason: string | undefined): void {
    if (reason !== undefined || this.isPostponed) this.reason = reason;
    this.isPostponed = reason !== undefined;
  }

  /** Gives it up for a while, longer each time. @returns for how long */
  shed(nowMs: number, reason: string): number {
    const forMs = Math.min(LONGEST_SHED_MS, SHED_MS * 2 ** this.timesShed);
    this.timesShed++;
    this.shedUntilMs = nowMs + forMs;
    this.reason = reason;
    this.stop();
    return forMs;
  }

  /** Whether it was shed for long enough, and may be tried again from now on. */
  endShed(nowMs: number): boolean {
    if (this.shedUntilMs === undefined || nowMs < this.shedUntilMs) return false;
    this.shedUntilMs = undefined;
    this.reason = undefined;
    return true;
  }

  /** Stops a lazy one that has had no viewer for a while; says whether it did. */
  stopUnviewed(nowMs: number): boolean {
    if (!this.isLazy || !this.isWanted || nowMs - this.lastViewedMs < UNVIEWED_MS) return false;
    this.isWanted = false;
    this.postpone(undefined);
    this.stop();
    return true;
  }

  /** What became of it since the last time that this was asked. */
  news(): RenditionEventKind | undefined {
    const { state } = this;
    const before = this.#told;
    if (state === before || state === 'starting') return undefined;
    this.#told = state;
    if (state === 'live') return before === 'idle' ? 'rendition_started' : 'rendition_restored';
    return state === 'idle' ? 'rendition_stopped' : `rendition_${state}`;
  }

  /** Ends its stream, until it is wanted again. */
  stop(): void {
    this.rendition?.stop();
    this.output = undefined;
    this.plan = undefined;
  }
}

function isAnother({ video: a }: RungPlan, { video: b }: RungPlan, tolerance: number): boolean {
  if (!isEncoded(a) || !isEncoded(b)) return false;
  return (
    isFar(a.bitrateKbps, b.bitrateKbps, tolerance) ||
    (a.fps === undefined) !== (b.fps === undefined) ||
    isFar(a.fps ?? 1, b.fps ?? 1, tolerance)
  );
}

function isFar(a: number, b: number, tolerance: number): boolean {
  return a > b * tolerance || b > a * tolerance;
}

function watermarksOf({ marks = [] }: MarkedTemplate): Pick<RungOverview, 'watermarks'> {
  if (marks.length === 0) return {};
  return {
    watermarks: marks.map((mark) => ({ name: mark.rule.name, ...('reason' in mark ? { reason: mark.reason } : {}) })),
  };
}
