import { type Config, storageSettings } from '../config/index.ts';
import type { StoredObject, Uploads } from '../storage/index.ts';
import type { StreamCounters } from '../usage/index.ts';
import type { EventFlow } from './event-flow.ts';
import { placeOf } from './object-place.ts';

/** What the upload of a snapshot carries until it is stored. */
type Carried = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly sessionId?: string;
  readonly createdAtMs: number;
  readonly isOverlay: boolean;
};

/** From now on callbacks hear of each snapshot, once it is in its storage; the upload's id makes it once. */
export function tellOfSnapshots(
  config: Config,
  uploads: Uploads,
  events: Pick<EventFlow, 'tell'>,
  usage: Pick<StreamCounters, 'did'>,
): void {
  const settings = new Map(storageSettings(config).map((setting) => [setting.name, setting]));
  uploads.onStored('snapshot', ({ id, storage, name, sizeBytes, sha256, data }: StoredObject) => {
    const { domain, app, stream, sessionId = '', createdAtMs: takenAtMs, isOverlay } = data as Carried;
    const place = placeOf(settings.get(storage), name);
    const snapshot = { storage, ...place, takenAtMs, overwrites: isOverlay, sizeBytes, sha256 };
    usage.did({ domain, app, name: stream }, 'snapshot', { count: 1, bytes: sizeBytes });
    const about = { domain, app, name: stream, sessionId };
    return events.tell({ id, kind: 'snapshot', ...about, atMs: takenAtMs, data: { snapshot } });
  });
}
