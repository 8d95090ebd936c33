import type { Registry } from '../live/index.ts';
import { PictureMaker, Snapshots } from '../snapshot/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

/** The pictures of all streams, as the rules want them. */
export function openSnapshots({ clock, log, metrics, closer }: Base, state: State, registry: Registry): Snapshots {
  const { uploads, settingsOf, status } = state;
  const maker = status.ffmpeg && closer.add('pictures', new PictureMaker({ ffmpegPath: status.ffmpeg.path }));
  const snapshots = new Snapshots({
    registry,
    clock,
    log,
    settingsOf: (id) => settingsOf(id).snapshot,
    picture: maker && ((frame) => maker.picture(frame)),
    add: (upload) => uploads.add(upload),
    onOutcome: (outcome) => metrics.snapshots.inc({ outcome }),
  });
  return closer.add('snapshots', snapshots);
}
