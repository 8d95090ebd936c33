import type { StorageSetting } from '../storage/index.ts';
import type { Config } from './schema.ts';

type Configured = Config['storages'][number];
type S3 = Extract<Configured, { kind: 's3' }>;

/** The storage that is used where a rule names none. */
export const DEFAULT_STORAGE = 'recordings';

/** All storages: those of the list, and `recordings`, a folder unless the list says otherwise. */
export function storageSettings({ storages, recordingsDir }: Config): StorageSetting[] {
  const settings = storages.map((each) => (each.kind === 'folder' ? each : s3Setting(each)));
  if (settings.some(({ name }) => name === DEFAULT_STORAGE)) return settings;
  return [{ kind: 'folder', name: DEFAULT_STORAGE, folder: recordingsDir }, ...settings];
}

function s3Setting({ accessKeyId, secretAccessKey, sessionToken, pathStyle, ...rest }: S3): StorageSetting {
  const { kind, name, region, bucket, encryption, endpoint, prefix, kmsKeyId } = rest;
  const hasKeys = accessKeyId !== null && secretAccessKey !== null;
  const token = sessionToken === null ? {} : { sessionToken };
  return {
    ...{ kind, name, region, bucket, encryption },
    pathStyle: pathStyle === 'on',
    ...(endpoint === null ? {} : { endpoint }),
    ...(prefix === null ? {} : { prefix }),
    ...(kmsKeyId === null ? {} : { kmsKeyId }),
    ...(hasKeys ? { credentials: { accessKeyId, secretAccessKey, ...token } } : {}),
  };
}
