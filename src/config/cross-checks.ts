import type { Config } from './schema.ts';

type Problem = { readonly path: string; readonly message: string };

const EVERY_ADDRESS = ['::', '0.0.0.0'];

const overlap = (left: string, right: string) =>
  left === right || EVERY_ADDRESS.includes(left) || EVERY_ADDRESS.includes(right);

function portProblems(config: Config): Problem[] {
  const doors = [
    { path: 'rtmp.port', host: config.rtmp.host, port: config.rtmp.port },
    { path: 'rtmps.port', host: config.rtmp.host, port: config.rtmps.port },
    { path: 'playback.port', host: config.playback.host, port: config.playback.port },
    { path: 'playbackTls.port', host: config.playback.host, port: config.playbackTls.port },
    { path: 'control.port', host: config.control.host, port: config.control.port },
    { path: 'upload.port', host: config.upload.host, port: config.upload.port },
    { path: 'metrics.port', host: config.metrics.host, port: config.metrics.port },
    { path: 'cluster.port', host: config.cluster.host, port: config.cluster.port },
  ].filter(({ port }) => port !== 0);
  return doors.flatMap((door, index) => {
    const other = doors.slice(0, index).find(({ host, port }) => port === door.port && overlap(host, door.host));
    return other === undefined ? [] : [{ path: door.path, message: `is the same as ${other.path}; choose another` }];
  });
}

function tlsProblems({ tls }: Config): Problem[] {
  if ((tls.certFile === null) === (tls.keyFile === null)) return [];
  const [given, missing] = tls.certFile === null ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
  return [{ path: `tls.${missing}`, message: `must be set too, as tls.${given} is` }];
}

function clusterProblems({ cluster, databaseUrl }: Config): Problem[] {
  const { port, token, tls } = cluster;
  if (port === 0) return [];
  const problems: Problem[] = [];
  if (databaseUrl === null) {
    problems.push({ path: 'databaseUrl', message: 'must be set, as cluster.port is: nodes of a cluster share one' });
  }
  if (token === null) problems.push({ path: 'cluster.token', message: 'must be set, as cluster.port is' });
  if ((tls.certFile === null) !== (tls.keyFile === null)) {
    const missing = tls.certFile === null ? 'certFile' : 'keyFile';
    problems.push({ path: `cluster.tls.${missing}`, message: 'must be set too: certificate and key go together' });
  }
  return problems;
}

function storageProblems({ storages }: Config): Problem[] {
  return storages.flatMap((storage, index) => {
    const at = (key: string, message: string) => ({ path: `storages[${index}].${key}`, message });
    const isTaken = storages.slice(0, index).some(({ name }) => name === storage.name);
    const problems = isTaken ? [at('name', 'is the name of another storage; choose another')] : [];
    if (storage.kind === 'folder') return problems;
    const { accessKeyId, secretAccessKey, kmsKeyId, encryption } = storage;
    if (accessKeyId !== null && secretAccessKey === null) problems.push(at('secretAccessKey', 'must be set too'));
    if (accessKeyId === null && secretAccessKey !== null) problems.push(at('accessKeyId', 'must be set too'));
    if (kmsKeyId !== null && encryption !== 'KMS') problems.push(at('kmsKeyId', 'is for encryption: KMS only'));
    return problems;
  });
}

/** `recordings` is there without an entry. */
function uploadProblems({ storages, upload }: Config): Problem[] {
  if (upload.storage === 'recordings' || storages.some(({ name }) => name === upload.storage)) return [];
  return [{ path: 'upload.storage', message: 'is not among storages; add it there or name another' }];
}

function cdnProblems({ vod: { cdn } }: Config): Problem[] {
  if (cdn.url === null || cdn.authType === 'no_auth' || cdn.authKey !== null) return [];
  return [{ path: 'vod.cdn.authKey', message: `must be set too, as vod.cdn.authType is ${cdn.authType}` }];
}

function shutdownProblems({ shutdown: { drainSeconds, graceSeconds } }: Config): Problem[] {
  if (drainSeconds < graceSeconds) return [];
  const message = `must be more than shutdown.drainSeconds, ${drainSeconds}: closing takes some seconds, too`;
  return [{ path: 'shutdown.graceSeconds', message }];
}

/** What is wrong between keys that are each right by themselves. */
export const crossProblems = (config: Config): Problem[] => [
  ...portProblems(config),
  ...tlsProblems(config),
  ...shutdownProblems(config),
  ...clusterProblems(config),
  ...storageProblems(config),
  ...uploadProblems(config),
  ...cdnProblems(config),
];
