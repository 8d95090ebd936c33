import type { Registry, StreamId } from '../live/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { HlsPackagerOptions } from '../packager/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import type { PictureMaker } from '../snapshot/index.ts';
import type { StreamCounters } from '../usage/index.ts';
import type { Base } from './base.ts';
import { countArchived } from './count-archived.ts';
import type { EventFlow } from './event-flow.ts';
import { type ArchivedSegment, openArchive } from './open-archive.ts';
import { openClips } from './open-clips.ts';
import { openPast } from './open-past.ts';
import { openPreviews } from './open-previews.ts';
import { openRecordings } from './open-recordings.ts';
import type { State } from './open-state.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly packagers: Packagers;
  readonly events: EventFlow;
  readonly pictures: PictureMaker | undefined;
  readonly encryptionOf: (id: StreamId) => HlsPackagerOptions['encryption'];
  readonly usage: StreamCounters;
};

/** What is kept of streams, and what is made of it: recordings, clips, and what viewers can go back to. */
export async function openKeeping(base: Base, state: State, neighbours: Neighbours) {
  const { registry, publishers, packagers, events, pictures, encryptionOf, usage } = neighbours;
  const onKept = (id: StreamId, segment: ArchivedSegment) => {
    recording.recorder.kept(id, segment);
    clipping.clips.kept(id);
    countArchived(state, registry, usage, id, segment);
  };
  const archive = openArchive(base, state, { registry, packagers, onKept });
  const recording = await openRecordings(base, state, { registry, publishers, archive, events, usage });
  const { recorder, catalogue } = recording;
  const clipping = await openClips(base, state, { registry, archive, recorder, catalogue, pictures });
  const { previews, track } = openPreviews(base, state, { registry, archive });
  return {
    archive,
    recording,
    clipping,
    previews,
    past: { ...openPast(base, archive, encryptionOf), previews: track },
  };
}
