import type { ClientAddresses } from '../../access/index.ts';
import type { Logger } from '../../log/index.ts';
import type { IdentityDoor } from '../../operations/index.ts';
import type { Storages } from '../../storage/index.ts';
import type { MediaUploads, UploadCredentials } from '../../vod/upload/index.ts';
import type { RequestLimits } from '../http/index.ts';

/** What the door of uploads needs of the server around it. */
export type UploadDoor = {
  readonly uploads: MediaUploads;
  readonly credentials: UploadCredentials;
  readonly storages: Storages;
  readonly identity: Pick<IdentityDoor, 'gate' | 'audit'>;
  readonly clients: Pick<ClientAddresses, 'find'>;
  readonly limits: RequestLimits;
  readonly log: Logger;
  readonly newId: () => string;
  readonly wallMs: () => number;
};
