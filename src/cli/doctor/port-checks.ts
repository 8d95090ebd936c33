import { createServer } from 'node:net';
import { ListenError, listen } from '../../app/index.ts';
import type { Config } from '../../config/index.ts';
import type { RunningServer } from '../installation/index.ts';
import { type Check, fail, ok } from './check.ts';
import { portHolder } from './port-holder.ts';

type Door = { readonly key: string; readonly host: string; readonly port: number };

/** Every port that a server of this configuration would take. */
export function doorsOf(config: Config): Door[] {
  const { rtmp, rtmps, playback, playbackTls, control, metrics, tls, upload } = config;
  const hasCertificate = tls.certFile !== null || tls.certificates.length > 0;
  return [
    { key: 'rtmp', ...rtmp },
    ...(hasCertificate ? [{ key: 'rtmps', host: rtmp.host, port: rtmps.port }] : []),
    { key: 'playback', ...playback },
    ...(hasCertificate ? [{ key: 'playbackTls', host: playback.host, port: playbackTls.port }] : []),
    { key: 'control', ...control },
    { key: 'upload', host: upload.host, port: upload.port },
    ...(metrics.port === 0 ? [] : [{ key: 'metrics', host: metrics.host, port: metrics.port }]),
  ];
}

/** Tries each port, and says who has it; what our own server holds is as it should be. */
export function portChecks(config: Config, server: RunningServer | undefined): Promise<Check[]> {
  return Promise.all(doorsOf(config).map((door) => portCheck(door, server)));
}

async function portCheck({ key, host, port }: Door, server: RunningServer | undefined): Promise<Check> {
  const id = `${key}.port`;
  if (port === 0) return ok(id, server === undefined ? 'any free port' : runningPort(key, server));
  const trial = createServer();
  try {
    await listen(trial, { what: key, host, port });
    return ok(id, `${port} on ${host} is free`);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    return takenCheck({ key, host, port }, error, server);
  } finally {
    trial.close();
  }
}

async function takenCheck({ key, host, port }: Door, error: ListenError, server: RunningServer | undefined) {
  const id = `${key}.port`;
  const remedy = `Choose another with ${key}.port.`;
  // A service may have been given a right that this command has not.
  if (error.code === 'EACCES' && server !== undefined && portOf(key, server) === port) {
    return ok(id, `${port} on ${host} is the running server's`);
  }
  if (error.code !== 'EADDRINUSE') {
    const reason = error.code === 'EACCES' ? 'this account may not listen there' : error.code;
    return fail(id, `${port} on ${host} cannot be had: ${reason}`, remedy);
  }
  const holder = await portHolder(port);
  if (server !== undefined && (holder === undefined || holder.includes(`process ${server.pid})`))) {
    return ok(id, `${port} on ${host} is the running server's`);
  }
  return fail(id, `${port} on ${host} is taken by ${holder ?? 'another program'}`, `Stop that program. ${remedy}`);
}

function runningPort(key: string, server: RunningServer): string {
  const port = portOf(key, server);
  return port === undefined ? 'any free port' : `${port}, chosen by the running server (process ${server.pid})`;
}

function portOf(key: string, { ports }: RunningServer): number | undefined {
  return { rtmp: ports.rtmpPort, playback: ports.playbackPort, control: ports.controlPort }[key];
}
