import type { StreamId } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import type { Asset, Library } from '../vod/index.ts';
import { LiveToVod, WANTED } from '../vod/live/index.ts';
import type { Processing } from '../vod/processing/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

const SWEEP_MS = 5_000;

type Neighbours = { readonly library: Library; readonly processing: Processing };

/** Recordings that rules want in the library come there; those that could not meanwhile, later. */
export function openLiveToVod(
  { clock, log }: Base,
  state: State,
  streams: Streams,
  { library, processing }: Neighbours,
) {
  const { registry, recording, clipping } = streams;
  const { recorder, catalogue } = recording;
  const liveToVod = new LiveToVod({
    ...{ library, log, now: clock.wallMs },
    ruleOf: (id) => state.settingsOf(id).record.assets,
    chaptersOf: async (id, each) =>
      (await clipping.chapters.listOfRecording(id, each)).map(({ name, startMs }) => ({
        ...{ title: name, atSeconds: startMs / 1000 },
      })),
    keep: (id, each, asset) => catalogue.put(id, { ...each, asset }),
    isBusy: (id) =>
      registry.find(id) !== undefined || recorder.pins().some((pin) => streamKey(pin.id) === streamKey(id)),
    compose: (asset, parts) => processing.compose(asset, parts),
  });
  const waiting = new Map<string, StreamId>();
  let isScanned = false;
  let running: Promise<void> | undefined;
  const take = async (id: StreamId) => {
    const wanted = (await catalogue.all(id)).filter(({ asset }) => asset === WANTED);
    for (const each of wanted.sort((a, b) => a.startMs - b.startMs)) await liveToVod.recorded(id, each);
  };
  const work = async () => {
    if (!library.isReady) return;
    if (!isScanned) for await (const id of recording.streams()) waiting.set(streamKey(id), id);
    isScanned = true;
    for (const [key, id] of waiting) {
      // What is stored from now on waits anew.
      waiting.delete(key);
      await take(id).catch((error: unknown) => {
        waiting.set(key, id);
        throw error;
      });
    }
    await liveToVod.sweep();
  };
  const run = () => {
    running ??= work()
      .catch((error: unknown) =>
        log.warn({ error }, 'recordings could not be brought into the library, they are later'),
      )
      .finally(() => {
        running = undefined;
      });
  };
  recording.onWanted((id) => {
    waiting.set(streamKey(id), id);
    run();
  });
  const timer = setInterval(run, SWEEP_MS).unref();
  run();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

/** The recordings that an asset was, which are deleted with it. */
export async function forgetRecordings({ recording: { catalogue } }: Streams, { id, live }: Asset): Promise<void> {
  if (live === undefined) return;
  const stream = { domain: live.domain, app: live.app, name: live.stream };
  for (const each of await catalogue.all(stream)) if (each.asset === id) await catalogue.remove(stream, each.id);
}
