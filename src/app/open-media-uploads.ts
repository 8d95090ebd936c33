import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ClientAddresses } from '../access/index.ts';
import { authority, type IdentityDoor, type UploadsDoor } from '../operations/index.ts';
import { TUS_PATH, UploadServer } from '../server/upload/index.ts';
import { MediaUploadTables } from '../store/index.ts';
import { MediaUploads, UploadCredentials, type UploadLibrary, UrlFetches } from '../vod/upload/index.ts';
import type { Base } from './base.ts';
import { doorLimits } from './door-limits.ts';
import type { Doors } from './doors.ts';
import type { State } from './open-state.ts';

type Neighbours = {
  readonly library: UploadLibrary;
  readonly identity: IdentityDoor;
  readonly clients: ClientAddresses;
  readonly doors: Doors;
};

const HOUR_MS = 3_600_000;

/** Uploads of media and their door, which is opened. */
export async function openMediaUploads(base: Base, state: State, near: Neighbours): Promise<UploadsDoor> {
  const { config, log, clock, closer } = base;
  const { store, storages, box, secrets } = state;
  const { storage, prefix, limitBytes, idleHours, freeBytes } = config.upload;
  const setBy = config.upload.fetchPrivate === 'on' ? 'administrator' : 'user';
  const tables = new MediaUploadTables(store);
  const uploads = new MediaUploads({
    ...{ tables, storages, library: near.library, nodeId: secrets.nodeId, log, newId: randomUUID },
    ...{ storage, prefix, limitBytes, freeBytes, idleMs: idleHours * HOUR_MS, wallMs: clock.wallMs },
    folder: join(config.dataDir, 'incoming'),
  });
  closer.add('media uploads', uploads.start());
  closer.add('uploads by address', new UrlFetches({ store, tables, uploads, log, setBy }).start());
  const credentials = new UploadCredentials(box, clock.wallMs);
  const server = closer.add(
    'upload door',
    new UploadServer({
      ...{ uploads, credentials, storages, log, newId: randomUUID, wallMs: clock.wallMs },
      ...{ identity: near.identity, clients: near.clients, limits: doorLimits(base, near.clients) },
    }),
  );
  await near.doors.openUploads(server.listener());
  const endpoint = () => {
    const { host, uploadPort = 0 } = near.doors.addresses;
    return config.upload.publicUrl?.replace(/\/+$/, '') ?? `http://${authority(host, uploadPort, 80)}`;
  };
  return {
    uploads,
    endpoint,
    storage,
    fetchesBy: setBy,
    accessOf: ({ id, owner, storage: name, object, expiresAtMs }) => ({
      tus: { url: `${endpoint()}${TUS_PATH}`, token: credentials.token(id, expiresAtMs) },
      oss: {
        endpoint: endpoint(),
        credentials: credentials.issue({ owner, storage: name, object, upload: id }),
      },
    }),
    credentialsFor: ({ seconds, ...scope }) => ({
      endpoint: endpoint(),
      credentials: credentials.issue(scope, seconds),
    }),
  };
}
