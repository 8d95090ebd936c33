import type { TrafficMeter } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import { Feeds } from '../packager/index.ts';
import { Packagers } from '../server/playback/index.ts';
import { RTMP_CHUNK_SIZE, RTMP_MESSAGE_STREAM_ID } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import { clusterSecret } from './cluster-secrets.ts';
import type { openKeeping } from './open-keeping.ts';
import { nearWindows } from './open-past.ts';
import type { State } from './open-state.ts';

type Neighbours = {
  readonly registry: Registry;
  /** Kept streams are packaged without viewers, too. */
  readonly isKept: (id: StreamId) => boolean;
  readonly traffic: TrafficMeter;
  /** What the archive has, once it is open. */
  readonly past: () => Awaited<ReturnType<typeof openKeeping>>['past'];
};

/** Streams in the forms in which viewers get them. */
export function openDelivery(base: Base, state: State, { registry, isKept, traffic, past }: Neighbours) {
  const { config, clock, closer } = base;
  const { secrets, settingsOf } = state;
  /** A rendition's rules are its parent's. */
  const ruledBy = (id: StreamId) => settingsOf(registry.ownerOf(id));
  const secret = clusterSecret(config, 'media keys') ?? secrets.mediaKeySecret;
  const encryptionOf = (id: StreamId) => {
    const { method, rotateSeconds } = ruledBy(id).encryption;
    return method === 'none' ? undefined : { secret, rotateSeconds };
  };
  const feeds = new Feeds({
    clock,
    settingsOf: (stream) => ruledBy(stream.id).delivery,
    rtmpChunkSize: RTMP_CHUNK_SIZE,
    rtmpMessageStreamId: RTMP_MESSAGE_STREAM_ID,
    sentOf: ({ id }) => traffic.of(id),
  });
  const packagers = closer.add(
    'packagers',
    new Packagers({
      clock,
      registry,
      maxBytes: config.limits.hlsBytes,
      settingsOf: (id) => ruledBy(id).hls,
      isAlways: (id) => ruledBy(id).hls.always || isKept(id),
      encryptionOf,
      earlierOf: nearWindows(base, state, registry, past),
    }),
  );
  return { feeds, packagers, encryptionOf };
}
