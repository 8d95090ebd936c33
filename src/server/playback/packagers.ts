import { type Clock, type Registry, type Stream, type StreamId, streamKey } from '../../live/index.ts';
import { HlsPackager } from '../../packager/index.ts';
import type { StreamSettings } from '../../rules/index.ts';

export type PackagersOptions = {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly settingsOf: (id: StreamId) => StreamSettings['hls'];
};

type Entry = { readonly packager: HlsPackager; lastUsedMs: number; dropAtMs: number | undefined };

/** Nobody asked for this long: packaging stops until somebody does. */
const UNUSED_MS = 60_000;
const SWEEP_MS = 5000;

/** The HLS packagers that run: from a stream's first HLS viewer on, or from its start where the rule says so. */
export class Packagers {
  readonly #options: PackagersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopListening: () => void;
  #cancelSweep: () => void = () => {};

  constructor(options: PackagersOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen({
      published: ({ stream }) => {
        this.#replaceEnded(stream);
        if (options.settingsOf(stream.id).always) this.#open(stream);
      },
      ended: (stream) => this.#ended(stream),
    });
    this.#sweepLater();
  }

  get count(): number {
    return this.#entries.size;
  }

  /** The packager of a stream that is live, or that ended not long ago. */
  find(id: StreamId): HlsPackager | undefined {
    const stream = this.#options.registry.find(id);
    const entry = this.#entries.get(streamKey(id)) ?? (stream && this.#open(stream));
    if (entry) entry.lastUsedMs = this.#options.clock.nowMs();
    return entry?.packager;
  }

  close(): void {
    this.#cancelSweep();
    this.#stopListening();
    for (const entry of this.#entries.values()) entry.packager.close();
    this.#entries.clear();
  }

  #open(stream: Stream): Entry {
    const settings = this.#options.settingsOf(stream.id);
    const packager = new HlsPackager({
      stream,
      windowSegments: settings.windowSegments,
      segmentMs: settings.segmentSeconds * 1000,
      partMs: settings.partMs,
      lowLatency: settings.lowLatency,
    });
    const entry: Entry = { packager, lastUsedMs: this.#options.clock.nowMs(), dropAtMs: undefined };
    this.#entries.set(streamKey(stream.id), entry);
    return entry;
  }

  #replaceEnded(stream: Stream): void {
    const key = streamKey(stream.id);
    const entry = this.#entries.get(key);
    if (entry && entry.packager.window.stream !== stream) this.#drop(key, entry);
  }

  #ended(stream: Stream): void {
    const entry = this.#entries.get(streamKey(stream.id));
    if (entry?.packager.window.stream !== stream) return;
    entry.dropAtMs = this.#options.clock.nowMs() + this.#options.settingsOf(stream.id).endedSeconds * 1000;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const nowMs = this.#options.clock.nowMs();
      for (const [key, entry] of this.#entries) if (this.#isDone(entry, nowMs)) this.#drop(key, entry);
      this.#sweepLater();
    });
  }

  #isDone(entry: Entry, nowMs: number): boolean {
    if (entry.dropAtMs !== undefined) return nowMs >= entry.dropAtMs;
    return nowMs - entry.lastUsedMs > UNUSED_MS && !this.#options.settingsOf(entry.packager.window.stream.id).always;
  }

  #drop(key: string, entry: Entry): void {
    entry.packager.close();
    this.#entries.delete(key);
  }
}
