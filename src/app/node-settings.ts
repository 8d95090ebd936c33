import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { type Config, type ConfigOrigins, listSettings, readExplanations, storageSettings } from '../config/index.ts';
import { encoderFor } from '../ffmpeg/index.ts';
import type { NodeSettings, PublicAddresses } from '../operations/index.ts';
import { isLoopback } from '../rules/index.ts';
import { archiveFolder } from './archive-folder.ts';
import type { Base } from './base.ts';
import { FolderSpaces } from './folder-spaces.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { PACKAGE_ROOT, VERSION } from './package-root.ts';

const CODECS = ['h264', 'h265', 'av1'] as const;

/** The configuration as it is in force, and what this node runs on. */
export function nodeSettings(
  { config, clock }: Base,
  { status, store, secrets }: State,
  { ladders }: Streams,
  of: { readonly origins: ConfigOrigins; readonly addresses: () => PublicAddresses },
): () => Promise<NodeSettings> {
  const startedMs = clock.wallMs();
  const [startedAt, sinceMs] = [new Date(startedMs).toISOString(), clock.nowMs()];
  const settings = listSettings(config, of.origins, explanations());
  const spaces = new FolderSpaces();
  return async () => ({
    node: {
      name: config.nodeName ?? hostname(),
      id: secrets.nodeId,
      version: VERSION,
      startedAt,
      uptimeSeconds: Math.round((clock.nowMs() - sinceMs) / 1000),
      runtime: `Node.js ${process.version}`,
      system: `${type()} ${release()} ${arch()}`,
      cpus: cpus().length,
      memoryBytes: totalmem(),
    },
    database: { kind: store.state.kind === 'ready' ? store.state.engine : 'none' },
    ffmpeg: {
      ...(status.ffmpeg ?? {}),
      hardware: ladders.encoders.kind,
      ...(ladders.encoders.fallbackReason === undefined ? {} : { fallbackReason: ladders.encoders.fallbackReason }),
      encoders: CODECS.map((codec) => {
        const encoder = encoderFor(codec, ladders.encoders);
        return encoder === undefined ? { codec } : { codec, encoder };
      }),
    },
    folders: await Promise.all(
      foldersOf(config).map(async (folder) => ({ ...folder, ...(await spaces.of(folder.path)) })),
    ),
    doors: doorsOf(config, of.addresses()),
    ...(of.origins.file === undefined ? {} : { file: await fileSince(of.origins.file, startedMs) }),
    settings,
  });
}

/** Without the file that explains them, settings are shown all the same. */
function explanations(): ReturnType<typeof readExplanations> {
  try {
    return readExplanations(readFileSync(join(PACKAGE_ROOT, 'config', 'default.yml'), 'utf8'));
  } catch {
    return new Map();
  }
}

function foldersOf(config: Config) {
  const storages = storageSettings(config).flatMap((each) =>
    each.kind === 'folder' ? [{ purpose: 'storage' as const, storage: each.name, path: each.folder }] : [],
  );
  return [
    { purpose: 'data' as const, path: config.dataDir },
    { purpose: 'recordings' as const, path: config.recordingsDir },
    { purpose: 'archive' as const, path: archiveFolder(config) },
    { purpose: 'watermarks' as const, path: config.watermarksDir },
    { purpose: 'slates' as const, path: config.slatesDir },
    ...storages.filter(({ path }) => path !== config.recordingsDir),
  ];
}

function doorsOf(config: Config, addresses: PublicAddresses): NodeSettings['doors'] {
  const { rtmp, playback, control, metrics, upload } = config;
  const ports = [
    ['rtmp', rtmp.host, addresses.rtmpPort],
    ['rtmps', rtmp.host, addresses.rtmpsPort],
    ['playback', playback.host, addresses.playbackPort],
    ['playbackTls', playback.host, addresses.playbackTlsPort],
    ['control', control.host, addresses.controlPort],
    ['upload', upload.host, addresses.uploadPort],
    ['metrics', metrics.port === 0 ? control.host : metrics.host, metrics.port || addresses.controlPort],
  ] as const;
  return ports.map(([name, host, port]) => ({
    ...{ name, host, isOpen: port !== undefined, isLocal: isLoopback(host) },
    ...(port === undefined ? {} : { port }),
  }));
}

async function fileSince(path: string, startedMs: number): Promise<NonNullable<NodeSettings['file']>> {
  const changedMs = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return { path, isChanged: changedMs > startedMs };
}
