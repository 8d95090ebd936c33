import type { Registry, StreamId } from '../live/index.ts';
import type { StreamRule } from '../rules/index.ts';
import {
  LivePictures,
  type Moderator,
  PictureMaker,
  type Snapshot,
  SnapshotRetention,
  Snapshots,
  type SnapshotsOptions,
} from '../snapshot/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly moderator: Moderator;
  readonly isResting: () => boolean;
  readonly onTile: NonNullable<SnapshotsOptions['onTile']>;
};

type OpenSnapshots = {
  readonly snapshots: Snapshots;
  readonly pictures: PictureMaker | undefined;
  /** For operators, of any stream. Undefined where there is none. */
  readonly pictureOf: (id: StreamId) => Promise<Snapshot | undefined>;
};

/** The pictures of all streams, as the rules want them. */
export function openSnapshots(
  { clock, log, metrics, closer }: Base,
  state: State,
  { registry, moderator, onTile, isResting }: Neighbours,
): OpenSnapshots {
  const { uploads, storages, rules, settingsOf, status } = state;
  const pictures = status.ffmpeg && closer.add('pictures', new PictureMaker({ ffmpegPath: status.ffmpeg.path }));
  const snapshots = new Snapshots({
    registry,
    moderator,
    clock,
    log,
    settingsOf: (id) => settingsOf(id).snapshot,
    picture: pictures && ((frame, when) => pictures.picture(frame, when)),
    add: (upload) => uploads.add(upload),
    onOutcome: (outcome) => metrics.snapshots.inc({ outcome }),
    onTile,
    isResting,
  });
  const retention = new SnapshotRetention({
    storages,
    templates: () => sequencesOf(rules().rules.streams),
    settingsOf: ({ domain = 'default', app, stream }) => settingsOf({ domain, app, name: stream }).snapshot,
    wallMs: clock.wallMs,
    log,
  });
  closer.add('retention of snapshots', retention.start());
  const live = pictures && new LivePictures(pictures);
  const pictureOf = async (id: StreamId) => {
    const stream = registry.find(id);
    return stream && live?.latest(stream);
  };
  return { snapshots: closer.add('snapshots', snapshots), pictures, pictureOf };
}

/** Each name that pictures are kept under, with the storage that its rule names; others inherit theirs. */
function sequencesOf(streams: readonly StreamRule[]) {
  const storages = new Set(['recordings', ...streams.flatMap(({ snapshot }) => snapshot?.storage ?? [])]);
  const sequences = new Set(streams.flatMap(({ snapshot }) => snapshot?.sequence || []));
  return [...sequences].flatMap((sequence) => [...storages].map((storage) => ({ sequence, storage })));
}
