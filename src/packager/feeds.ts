import type { Clock, Stream } from '../live/index.ts';
import { Feed, type FeedSeat } from './feed.ts';
import type { FeedTally, Sent } from './feed-ledger.ts';
import type { ViewerSink } from './feed-viewer.ts';
import { flvFraming } from './flv-framing.ts';
import type { Framing } from './framing.ts';
import { rtmpFraming } from './rtmp-framing.ts';
import { webSocketFlvFraming } from './web-socket-flv-framing.ts';

export type FeedKind = 'flv' | 'ws-flv' | 'rtmp';

export type DeliverySettings = {
  readonly mergeWindowMs: number;
  readonly viewerQueueBytes: number;
  readonly viewerQueueSeconds: number;
  readonly viewerStallSeconds: number;
};

export type FeedsOptions = {
  readonly clock: Clock;
  readonly settingsOf: (stream: Stream) => DeliverySettings;
  /** What every RTMP player was told with Set Chunk Size. */
  readonly rtmpChunkSize: number;
  readonly rtmpMessageStreamId: number;
  /** What counts the bytes of a stream together with those of others; left out, nothing does. */
  readonly sentOf?: (stream: Stream) => Sent;
};

/** The feeds that have viewers: at most one per stream and kind. */
export class Feeds {
  readonly #options: FeedsOptions;
  /** Running totals by kind; they only grow. */
  readonly tallies: Readonly<Record<FeedKind, FeedTally>> = { flv: noTally(), 'ws-flv': noTally(), rtmp: noTally() };
  readonly #framings: Readonly<Record<FeedKind, Framing>>;
  readonly #feeds: Readonly<Record<FeedKind, Map<Stream, Feed>>> = {
    flv: new Map(),
    'ws-flv': new Map(),
    rtmp: new Map(),
  };

  constructor(options: FeedsOptions) {
    this.#options = options;
    this.#framings = {
      flv: flvFraming,
      'ws-flv': webSocketFlvFraming,
      rtmp: rtmpFraming(options.rtmpChunkSize, options.rtmpMessageStreamId),
    };
  }

  /** Adds a viewer to the stream's feed. One that comes too late is ended in a moment. */
  add(kind: FeedKind, stream: Stream, sink: ViewerSink): FeedSeat {
    if (stream.state === 'ended') {
      return { bytes: 0, leave: this.#options.clock.after(0, () => sink.end('STREAM_ENDED')) };
    }
    const feeds = this.#feeds[kind];
    const feed = feeds.get(stream) ?? this.#open(kind, stream);
    feeds.set(stream, feed);
    return feed.add(sink);
  }

  #open(kind: FeedKind, stream: Stream): Feed {
    const settings = this.#options.settingsOf(stream);
    return new Feed({
      stream,
      framing: this.#framings[kind],
      clock: this.#options.clock,
      mergeWindowMs: settings.mergeWindowMs,
      queueBytes: settings.viewerQueueBytes,
      queueSeconds: settings.viewerQueueSeconds,
      stallMs: settings.viewerStallSeconds * 1000,
      tally: this.tallies[kind],
      sent: () => this.#options.sentOf?.(stream),
      onUnused: () => this.#feeds[kind].delete(stream),
    });
  }
}

function noTally(): FeedTally {
  return { deliveredBytes: 0, skips: 0, closedViewers: 0 };
}
