import type { Clock, StreamId } from '../../live/index.ts';
import type { CountedViewer, UsageDoor } from '../../usage/index.ts';

export type AssetViewersOptions = {
  readonly clock: Clock;
  readonly joined: (id: StreamId, door: UsageDoor, who: string) => CountedViewer;
};

type Watching = { readonly viewer: CountedViewer; open: number; lastMs: number; hour: number };

/** Nobody asked anything for so long, and nothing is being sent: the viewer is gone, as one of HLS is. */
const GONE_MS = 15_000;
const SWEEP_MS = 5_000;
const HOUR_MS = 3_600_000;
/** Others are not counted; their bytes are. */
const MOST_VIEWERS = 50_000;

/** Who watches assets now, told from each other by their sessions, or by address and program. */
export class AssetViewers {
  readonly #options: AssetViewersOptions;
  readonly #watching = new Map<string, Watching>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: AssetViewersOptions) {
    this.#options = options;
  }

  /** Media is on its way to a viewer; to be called back when no more of it is. */
  sends(id: StreamId, { session, address }: { readonly session: string; readonly address: string }): () => void {
    const key = `${id.domain}\n${id.name}\n${session}`;
    const watching = this.#watching.get(key) ?? this.#joined(key, id, address);
    if (!watching) return () => undefined;
    watching.open++;
    let isSending = true;
    return () => {
      if (!isSending) return;
      isSending = false;
      watching.open--;
      watching.lastMs = this.#options.clock.nowMs();
    };
  }

  close(): void {
    this.#cancelSweep?.();
    for (const { viewer } of this.#watching.values()) viewer.left();
    this.#watching.clear();
  }

  #joined(key: string, id: StreamId, address: string): Watching | undefined {
    if (this.#watching.size >= MOST_VIEWERS) return undefined;
    const { clock, joined } = this.#options;
    const viewer = joined(id, 'vod', address);
    const watching = { viewer, open: 0, lastMs: clock.nowMs(), hour: this.#hour() };
    this.#watching.set(key, watching);
    if (this.#watching.size === 1) this.#sweepLater();
    return watching;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const goneBefore = this.#options.clock.nowMs() - GONE_MS;
      const hour = this.#hour();
      for (const [key, watching] of this.#watching) {
        if (watching.open === 0 && watching.lastMs <= goneBefore) {
          watching.viewer.left();
          this.#watching.delete(key);
        } else if (watching.hour !== hour) {
          watching.hour = hour;
          watching.viewer.stays();
        }
      }
      if (this.#watching.size > 0) this.#sweepLater();
    });
  }

  #hour(): number {
    return Math.floor(this.#options.clock.wallMs() / HOUR_MS);
  }
}
