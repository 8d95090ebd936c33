import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive } from '../archive/index.ts';
import type { Publication, Registry, StreamId } from '../live/index.ts';
import type { Publishers } from '../operations/index.ts';
import { Recordings } from '../operations/index.ts';
import {
  formatsWanted,
  type OnDemandAnswer,
  onDemandAsker,
  pushArgsOf,
  RECORDING_UPLOAD,
  Recorder,
  RecordingCatalogue,
  RecordingMaker,
  type RecordingPlan,
  RecordingRetention,
  type RecordingUpload,
  recordingPlanOf,
} from '../record/index.ts';
import type { StreamCounters } from '../usage/index.ts';
import { WANTED } from '../vod/live/index.ts';
import type { Base } from './base.ts';
import type { EventFlow } from './event-flow.ts';
import { sourceOf } from './keep-rule.ts';
import type { State } from './open-state.ts';
import { ownTemplate } from './own-template.ts';
import { tellOfRecordings } from './tell-of-recordings.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly archive: Archive;
  readonly events: EventFlow;
  readonly usage: Pick<StreamCounters, 'did'>;
};

/** As for the callback of the publish; what comes meanwhile is recorded all the same. */
const MEASURED_MS = 2000;

/** The recordings of all streams, as the rules want them. */
export async function openRecordings(
  { config, clock, log, closer }: Base,
  { uploads, storages, settingsOf, rules }: State,
  { registry, publishers, archive, events, usage }: Neighbours,
) {
  const catalogue = new RecordingCatalogue((id) => archive.folderOf(id));
  const news = tellOfRecordings(config, events);
  const wantedBy: ((stream: StreamId) => void)[] = [];
  uploads.onStored(RECORDING_UPLOAD, async ({ storage, name, sizeBytes, sha256, data, addedAtMs: atMs }) => {
    const { stream, file, recording, slicesBytes = 0, ...publish } = data as RecordingUpload;
    if (recording) {
      const { as, format } = ruleOf(stream).assets;
      const isWanted =
        as !== 'off' && format === recording.format && sourceOf(stream, registry, { settingsOf, rules }) === undefined;
      const whole = { ...recording, sizeBytes: sizeBytes + slicesBytes };
      await catalogue.add(stream, isWanted ? { ...whole, asset: WANTED } : whole);
      if (isWanted) for (const tell of wantedBy) tell(stream);
      log.info({ ...stream, storage, object: name, sizeBytes }, 'recording stored');
      const amount = { bytes: sizeBytes + slicesBytes, seconds: recording.durationMs / 1000, count: 1 };
      const owner = sourceOf(stream, registry, { settingsOf, rules });
      usage.did(stream, 'record', amount, recording.format, owner);
      await news.stored(stream, { ...publish, ...recording, storage, object: name, sizeBytes, sha256, atMs });
    }
    if (file !== undefined) await rm(file, { force: true });
  });
  const folder = join(archive.folder, '.exports');
  const asker = onDemandAsker();
  closer.add('on-demand recording', asker);
  // One question for a publish and its renditions, once something can be said of it.
  const answers = new WeakMap<Publication, Promise<OnDemandAnswer>>();
  const askOf = async ({ stream: { id } }: Publication): Promise<OnDemandAnswer> => {
    await new Promise<void>((resolve) => clock.after(MEASURED_MS, resolve));
    return asker.ask({ url: settingsOf(id).record.onDemandUrl, id, ...measured(registry, publishers, id) });
  };
  const settingsOfAny = (id: StreamId) => settingsOf(sourceOf(id, registry, { settingsOf, rules }) ?? id);
  const ruleOf = (id: StreamId) => settingsOfAny(id).record;
  const planOf = (id: StreamId) => planOfStream(registry, settingsOf, id);
  const recorder = await Recorder.open({
    registry,
    clock,
    log,
    archive,
    maker: new RecordingMaker({
      archive,
      folder,
      add: (upload) => uploads.add(upload),
      ownTemplate: ownTemplate({ rules, archive, settingsOf: settingsOfAny }),
    }),
    stateFileOf: (id) => join(archive.folderOf(id), 'recording.json'),
    planOf,
    pushArgsOf: (sessionId) => pushArgsOf(publishers.get(sessionId)?.info.query ?? ''),
    ask: async (id, plan) => {
      const owner = registry.ownerOf(id);
      const publication = registry.publicationOf(owner);
      if (!publication) return [];
      const answer = answers.get(publication) ?? askOf(publication);
      answers.set(publication, answer);
      return formatsWanted(plan.formats, await answer);
    },
    onStatus: (id, status) => (ruleOf(id).notifyStatus ? news.status(id, status) : Promise.resolve()),
  });
  closer.add('recordings', recorder);
  archive.addPins(() => recorder.pins());
  const retention = new RecordingRetention({
    catalogue,
    streams: () => archive.streams(),
    storages,
    ruleOf,
    wallMs: clock.wallMs,
    log,
    folder,
  });
  closer.add('retention of recordings', retention.start());
  return {
    ...{ recorder, catalogue, recordings: new Recordings({ archive, catalogue, storages }) },
    streams: () => archive.streams(),
    /** A recording of the stream is to become an asset. */
    onWanted: (listener: (stream: StreamId) => void) => void wantedBy.push(listener),
  };
}

function planOfStream(registry: Registry, settingsOf: State['settingsOf'], id: StreamId): RecordingPlan | undefined {
  const owner = registry.ownerOf(id);
  return recordingPlanOf(settingsOf(owner).record, owner === id ? undefined : id.name.slice(owner.name.length + 1));
}

/** What the backend is told of a publish. */
function measured(registry: Registry, publishers: Publishers, id: StreamId) {
  const session = registry.onAirOf(id)?.publisher.sessionId ?? '';
  const meter = publishers.get(session)?.state?.ingest.meter;
  const codec = registry.find(id)?.tracks.video?.codec ?? '';
  return { codec, videoKbps: meter?.measure(performance.now()).videoKbps ?? 0 };
}
