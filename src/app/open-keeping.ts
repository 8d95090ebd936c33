import type { Registry, StreamId } from '../live/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { HlsPackagerOptions } from '../packager/index.ts';
import type { Recorder } from '../record/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import type { PictureMaker } from '../snapshot/index.ts';
import type { Base } from './base.ts';
import type { EventFlow } from './event-flow.ts';
import { openArchive } from './open-archive.ts';
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
};

/** What is kept of streams, and what is made of it: recordings, clips, and what viewers can go back to. */
export async function openKeeping(base: Base, state: State, neighbours: Neighbours) {
  const { registry, publishers, packagers, events, pictures, encryptionOf } = neighbours;
  const onKept: Recorder['kept'] = (id, segment) => {
    recording.recorder.kept(id, segment);
    clipping.clips.kept(id);
  };
  const archive = openArchive(base, state, { registry, packagers, onKept });
  const recording = await openRecordings(base, state, { registry, publishers, archive, events });
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
