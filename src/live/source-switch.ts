import type { Clock } from './clock.ts';
import type { GopCacheLimits } from './gop-cache.ts';
import { SourceInput, type SourceRole, SwitchOutput } from './source-input.ts';
import type { Stream } from './stream.ts';
import type { TrackSet } from './track.ts';

export type SwitchSettings = {
  /** Whether a backup may be pushed. */
  readonly takesBackup: boolean;
  /** A source without a picture for so long has stalled. */
  readonly stallMs: number;
  /** A source that fell this far behind within ten seconds gives way to one that did not; 0 for never. */
  readonly lagMs: number;
  /** When the main source takes over again from the backup. */
  readonly back: 'atOnce' | 'whenWell' | 'never';
  readonly wellMs: number;
  /** A stream without any picture for so long shows its slate. */
  readonly slateAfterMs: number;
  /** How long a slate keeps a stream without any publisher; 0 for no slate. */
  readonly slateMs: number;
  readonly slateAfterUnpublish: boolean;
};

export const USUAL_SWITCH: SwitchSettings = {
  ...{ takesBackup: true, stallMs: 600, lagMs: 2000, back: 'whenWell', wellMs: 10_000 },
  ...{ slateAfterMs: 2000, slateMs: 0, slateAfterUnpublish: false },
};

/** Plays into a source, as long as it is not stopped. */
export type Slate = (into: SourceInput) => () => void;

export type SwitchReason = 'STALLED' | 'LOST' | 'BEHIND' | 'MAIN_IS_WELL' | 'BY_HAND' | 'NO_SOURCE' | 'SOURCE_IS_BACK';

/** What went on air in the place of what; `from` is left out where that is gone. */
export type SourceChange = { readonly from?: SourceRole; readonly to: SourceRole; readonly reason: SwitchReason };

export type SourceChoice = 'main' | 'backup' | 'auto';

export type SourceSwitchOptions = {
  readonly stream: Stream;
  readonly clock: Clock;
  readonly hold: GopCacheLimits;
  readonly settings: SwitchSettings;
  /** What is shown in these tracks' parameters; undefined where nothing is ready. */
  readonly slateFor: (tracks: TrackSet) => Slate | undefined;
  readonly onSwitch: (change: SourceChange) => void;
};

const LOOK_MS = 100;
/** Of a source that stands by, while the one on air falls behind. */
const LITTLE_LAG_MS = 300;

/** Holds the sources of a stream and lets exactly one through. */
export class SourceSwitch {
  readonly #options: SourceSwitchOptions;
  readonly #output: SwitchOutput;
  readonly #inputs = new Map<SourceRole, SourceInput>();
  settings: SwitchSettings;
  #onAir: SourceInput | undefined;
  #choice: SourceChoice = 'auto';
  /** Since when nothing has been on air. */
  #emptySinceMs: number | undefined;
  /** Of the last encoder on air: what a slate is made like. */
  #tracks: TrackSet = {};
  #stopSlate: () => void = () => {};
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  constructor(options: SourceSwitchOptions) {
    this.#options = options;
    this.settings = options.settings;
    this.#output = new SwitchOutput(options.stream);
  }

  get onAir(): SourceRole | undefined {
    return this.#onAir?.role;
  }

  /** By hand, or `auto` for the rules. */
  get choice(): SourceChoice {
    return this.#choice;
  }

  inputOf(role: SourceRole): SourceInput | undefined {
    return this.#inputs.get(role);
  }

  /** A source joins; the first one is on air at once. */
  add(role: 'main' | 'backup', settings: SwitchSettings): SourceInput {
    this.settings = settings;
    const input = this.#newInput(role);
    if (!this.#onAir && this.#inputs.size === 1) {
      input.goOnAir(undefined);
      this.#onAir = input;
      this.#emptySinceMs = undefined;
    }
    this.#lookSoon();
    return input;
  }

  /** A source is gone. */
  remove(input: SourceInput): void {
    if (this.#inputs.get(input.role) === input) this.#inputs.delete(input.role);
    if (this.#choice === input.role) this.#choice = 'auto';
    if (this.#onAir !== input) return;
    this.#keepTracks(input);
    input.goOffAir();
    this.#onAir = undefined;
    this.#emptySinceMs = this.#options.clock.nowMs() - input.pulse.silentMs(this.#options.clock.nowMs());
    this.#look();
  }

  /** Whether viewers can be kept by a slate. */
  canShowSlate(): boolean {
    if (this.settings.slateMs <= 0) return false;
    return this.#inputs.has('slate') || this.#options.slateFor(this.#tracks) !== undefined;
  }

  /** Puts a source on air at its next key frame, and leaves it there; false where it gives no picture. */
  choose(choice: SourceChoice): boolean {
    if (choice !== 'auto' && !this.#isAlive(this.#inputs.get(choice))) return false;
    this.#choice = choice;
    this.#lookSoon();
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook?.();
    this.#stopSlate();
    this.#onAir?.goOffAir();
    this.#inputs.clear();
  }

  #newInput(role: SourceRole): SourceInput {
    const { clock, hold } = this.#options;
    const input: SourceInput = new SourceInput({
      ...{ role, clock, hold, output: this.#output, stallMs: this.settings.stallMs },
      onStandby: (from, startsGroup) => {
        if (startsGroup && this.#inputs.get(role) === from) this.#atKeyFrame(from);
      },
    });
    this.#inputs.set(role, input);
    return input;
  }

  /** A change that nothing forces waits for a key frame: no picture is repeated for it. */
  #atKeyFrame(input: SourceInput): void {
    const reason = this.#reasonFor(input);
    if (reason) this.#putOnAir(input, reason);
  }

  #reasonFor(input: SourceInput): SwitchReason | undefined {
    const { role, pulse } = input;
    const nowMs = this.#options.clock.nowMs();
    const current = this.#onAir;
    if (role === 'slate') return this.#isSlateDue(nowMs) ? 'NO_SOURCE' : undefined;
    if (!pulse.isSteady(nowMs)) return undefined;
    if (!current || current.role === 'slate') return 'SOURCE_IS_BACK';
    if (this.#choice === role) return 'BY_HAND';
    if (this.#choice !== 'auto') return undefined;
    if (role === 'main' && this.#mayGoBack(nowMs)) return 'MAIN_IS_WELL';
    const { lagMs } = this.settings;
    const isBehind = lagMs > 0 && current.pulse.behindMs >= lagMs && pulse.behindMs <= LITTLE_LAG_MS;
    return isBehind ? 'BEHIND' : undefined;
  }

  #mayGoBack(nowMs: number): boolean {
    const { back, wellMs } = this.settings;
    if (back === 'never') return false;
    return back === 'atOnce' || (this.#inputs.get('main')?.pulse.wellMs(nowMs) ?? 0) >= wellMs;
  }

  /** What must not wait: nothing comes of the source on air, or there is none. */
  #look(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    if (this.#isClosed) return;
    const nowMs = this.#options.clock.nowMs();
    const reason = this.#troubleAt(nowMs);
    const standby = reason && this.#standby(nowMs);
    if (standby) this.#putOnAir(standby, reason);
    if (this.#isSlateDue(nowMs)) this.#startSlate();
    else if (this.#onAir?.role !== 'slate') this.#stopSlate();
    this.#lookSoon();
  }

  #troubleAt(nowMs: number): SwitchReason | undefined {
    if (!this.#onAir) return 'LOST';
    if (this.#onAir.role === 'slate') return 'SOURCE_IS_BACK';
    return this.#onAir.pulse.isStalled(nowMs) ? 'STALLED' : undefined;
  }

  #standby(nowMs: number): SourceInput | undefined {
    for (const role of ['main', 'backup'] as const) {
      const input = this.#inputs.get(role);
      if (input?.isReady && input.pulse.isUsable(nowMs)) return input;
    }
    return undefined;
  }

  #isAlive(input: SourceInput | undefined): boolean {
    if (!input || input.pulse.isStalled(this.#options.clock.nowMs())) return false;
    return input.tracks.video !== undefined || input.tracks.audio !== undefined;
  }

  #isSlateDue(nowMs: number): boolean {
    const { slateMs, slateAfterMs } = this.settings;
    const isWaiting = this.#options.stream.state !== 'publishing';
    if (slateMs <= 0 || isWaiting || this.#onAir?.role === 'slate') return false;
    const silentMs = this.#onAir?.pulse.silentMs(nowMs) ?? nowMs - (this.#emptySinceMs ?? nowMs);
    return silentMs >= slateAfterMs && this.#output.edge !== undefined;
  }

  #startSlate(): void {
    if (this.#inputs.has('slate')) return;
    if (this.#onAir) this.#keepTracks(this.#onAir);
    const slate = this.#options.slateFor(this.#tracks);
    if (!slate) return;
    const input = this.#newInput('slate');
    const stop = slate(input);
    this.#stopSlate = () => {
      this.#stopSlate = () => {};
      this.#inputs.delete('slate');
      stop();
    };
  }

  #putOnAir(input: SourceInput, reason: SwitchReason): void {
    const from = this.#onAir;
    if (from && from.role !== 'slate') this.#keepTracks(from);
    from?.goOffAir();
    this.#onAir = input;
    this.#emptySinceMs = undefined;
    input.goOnAir(this.#output.edge);
    if (input.role !== 'slate') this.#stopSlate();
    this.#options.onSwitch({ ...(from ? { from: from.role } : {}), to: input.role, reason });
    this.#lookSoon();
  }

  #keepTracks({ tracks }: SourceInput): void {
    if (tracks.video || tracks.audio) this.#tracks = tracks;
  }

  /** Nothing is looked after where there is nothing to switch to. */
  #lookSoon(): void {
    if (this.#cancelLook || this.#isClosed) return;
    const hasChoice = this.#inputs.size > 1 || this.settings.slateMs > 0;
    if (!hasChoice) return;
    const nowMs = this.#options.clock.nowMs();
    const { pulse, role } = this.#onAir ?? {};
    const leftMs = pulse && role !== 'slate' ? pulse.stallMs - pulse.silentMs(nowMs) : 0;
    this.#cancelLook = this.#options.clock.after(leftMs > 0 ? leftMs : LOOK_MS, () => this.#look());
  }
}
