import type { Rendition } from '../live/index.ts';
import type { TemplateRule } from '../rules/index.ts';
import { isEncoded } from './ffmpeg-arguments.ts';
import { RungOutput } from './rung-output.ts';
import { planRung, type RungPlan, type SourceFacts } from './rung-plan.ts';
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
  readonly isLazy: boolean;
  readonly latency: 'low' | 'quality';
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly bitrateKbps?: number;
  readonly fps?: number;
};

/** One rendition of a ladder, over all of FFmpeg's runs. */
export class Rung {
  readonly template: TemplateRule;
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
  readonly throughput = new Throughput();
  #facts: SourceFacts['tracks'] | undefined;

  constructor(template: TemplateRule, rendition: Rendition | undefined, isLazy: boolean) {
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
    this.reason = 'reason' in planned ? planned.reason : undefined;
    this.plan = 'plan' in planned ? planned.plan : undefined;
    return this.plan !== undefined;
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
    return {
      template: template.name,
      ...(rendition ? { name: rendition.id.name } : {}),
      state,
      ...(reason === undefined ? {} : { reason }),
      isLazy,
      latency: template.latency,
      ...(video ? { codec: video.codecString, width: video.width, height: video.height } : {}),
      ...(state === 'live' ? { bitrateKbps: measured.kbps, fps: measured.fps } : {}),
    };
  }

  /** To be called about once a second. */
  sample(nowMs: number): void {
    const { output } = this;
    if (output) this.throughput.sample(nowMs, { bytes: output.totalBytes, pictures: output.totalPictures });
  }

  /** Gives it up for a while, longer each time. @param forMs the first time */
  shed(nowMs: number, forMs: number, longestMs: number, reason: string): number {
    const restMs = Math.min(longestMs, forMs * 2 ** this.timesShed);
    this.timesShed++;
    this.shedUntilMs = nowMs + restMs;
    this.reason = reason;
    this.stop();
    return restMs;
  }

  /** Ends its stream, until it is wanted again. */
  stop(): void {
    this.rendition?.stop();
    this.output = undefined;
    this.plan = undefined;
  }
}
