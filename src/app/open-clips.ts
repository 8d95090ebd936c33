import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive } from '../archive/index.ts';
import {
  CLIP_UPLOAD,
  ClipError,
  ClipMaker,
  ClipRetention,
  Clips,
  ClipWork,
  CuePoints,
  Hotkeys,
  INDEX_UPLOAD,
  IndexFiles,
  MarkerKeeping,
  Markers,
  StreamChapters,
} from '../clip/index.ts';
import { storageSettings } from '../config/index.ts';
import { diesWithParent } from '../ffmpeg/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import { RecordedSlices, type Recorder, type RecordingCatalogue } from '../record/index.ts';
import type { PictureMaker } from '../snapshot/index.ts';
import type { Base } from './base.ts';
import { bucketAddress } from './bucket-address.ts';
import { sourceOf } from './keep-rule.ts';
import { keptBy } from './open-archive.ts';
import type { State } from './open-state.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly archive: Archive;
  readonly recorder: Recorder;
  readonly catalogue: RecordingCatalogue;
  readonly pictures: PictureMaker | undefined;
};

/** Made at once, of clips and index files together; that many more may wait. */
const WORK = { atOnce: 2, maxWaiting: 20 };

/** Clips, markers and index files of all streams. */
export async function openClips(base: Base, state: State, { registry, archive, ...neighbours }: Neighbours) {
  const { config, clock, log, closer } = base;
  const { uploads, storages, settingsOf, status } = state;
  const { recorder, catalogue, pictures } = neighbours;
  const ownerOf = (id: StreamId) => sourceOf(id, registry, state) ?? id;
  const isKept = keptBy(registry, state);
  const markers = new Markers({ folderOf: (id) => join(archive.folderOf(id), 'markers'), nowMs: clock.wallMs });
  const keeping = { archive, recordings: catalogue, markers, ownerOf, wallMs: clock.wallMs, log };
  closer.add('marker keeping', new MarkerKeeping(keeping).start());
  markCuePoints(base, registry, isKept, markers);
  const work = new ClipWork(WORK);
  const folder = join(archive.folder, '.clips');
  const maker = new ClipMaker({
    archive,
    folder,
    add: (upload) => uploads.add(upload),
    markersOf: (id, fromMs, toMs) => markers.between(ownerOf(id), fromMs, toMs),
    ffmpeg: status.ffmpeg && [...diesWithParent(), status.ffmpeg.path],
    picture: pictures && ((frame) => pictures.picture(frame, { isSoon: true })),
    log,
  });
  const ruleOf = (id: StreamId) => {
    const { record, clips, hls } = settingsOf(ownerOf(id));
    const { storage } = record;
    return { storage, keepDays: clips.keepDays, segmentMs: hls.segmentSeconds * 1000, isKept: isKept(id) };
  };
  const clips = closer.add('clips', await Clips.open({ archive, registry, clock, log, storages, maker, work, ruleOf }));
  closer.add('retention of clips', new ClipRetention({ archive, clips, log }).start());
  const settings = new Map(storageSettings(config).map((setting) => [setting.name, setting]));
  const indexFiles = closer.add(
    'index files',
    new IndexFiles({
      ...{ archive, clock, log, storages, work, folder },
      recorded: new RecordedSlices({ catalogue, recorder, storages }),
      add: (upload) => uploads.add(upload),
      storageOf: (id) => ruleOf(id).storage,
      addressOf: (storage, object) => bucketAddress(settings.get(storage), object),
    }),
  );
  uploads.onStored(CLIP_UPLOAD, (stored) => clips.stored(stored, (file) => rm(file, { force: true })));
  uploads.onStored(INDEX_UPLOAD, ({ data }) => rm(String(data.file), { force: true }));
  const isLive = (id: StreamId) => registry.find(id)?.state === 'publishing' && isKept(id);
  const hotkeys = new Hotkeys({ clips, markers, clock, isMarkable: isLive });
  const isMarkable = async (id: StreamId) => isLive(id) || (await archive.stream(id).days()).length > 0;
  return {
    clips,
    markers,
    hotkeys,
    isMarkable,
    indexFiles,
    chapters: new StreamChapters({ archive, markers, ownerOf }),
    ownerOf,
  };
}

/** Cue points in what publishers send become markers. */
function markCuePoints({ log }: Base, registry: Registry, isKept: (id: StreamId) => boolean, markers: Markers): void {
  registry.listen({
    published({ stream: { id }, stream, isResumed }) {
      // Of a stream that goes on there is a reader already.
      if (isResumed || !isKept(id)) return;
      const cuePoints = new CuePoints();
      stream.read({
        patienceMs: Number.POSITIVE_INFINITY,
        packet(packet) {
          const marker = packet.kind === 'data' ? cuePoints.markerOf(packet) : undefined;
          if (!marker) return;
          markers.set(id, marker).catch((error: unknown) => {
            if (error instanceof ClipError && error.code === 'MARKERS_FULL') return;
            log.warn({ error, ...id }, 'cue point could not be kept as a marker');
          });
        },
      });
    },
  });
}
