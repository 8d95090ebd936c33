import type { VNode } from 'preact';
import { codecName, formatBytes, formatDuration } from '../../../wording/index.ts';
import { Ago, Card, type Column, DataTable, Facts } from '../../kit/index.ts';
import type { DoorEntry, FolderEntry, NodeSettings } from './read-settings.ts';
import { settingsWords } from './words.ts';

const EVERY_ADDRESS: readonly string[] = ['::', '0.0.0.0'];

/** The server, its machine and what it found there. */
export function NodeCards({ settings }: { readonly settings: NodeSettings }): VNode {
  const words = settingsWords();
  const { node, ffmpeg, databaseKind, file } = settings;
  const encoders = ffmpeg.encoders.map(
    ({ codec, encoder }) => [codecName(codec), encoder === undefined ? words.missing : <code>{encoder}</code>] as const,
  );
  const isSoftware = ffmpeg.hardware === 'software';
  return (
    <div class="settings-cards">
      <Card title={words.node}>
        <Facts
          isOneColumn
          facts={[
            [words.name, node.name],
            [words.id, <code>{node.id}</code>],
            [words.version, node.version],
            [words.up, formatDuration(node.uptimeSeconds)],
            [words.started, <Ago at={node.startedAtMs} />],
            [words.runtime, node.runtime],
            [words.system, node.system],
            [words.machine, words.cores(node.cpus, formatBytes(node.memoryBytes))],
            [words.database, words.databases[databaseKind] ?? databaseKind],
            [words.file, file ? <code>{file.path}</code> : words.noFile],
          ]}
        />
      </Card>
      <Card title={words.transcoding}>
        {ffmpeg.version === undefined ? (
          <p>{words.notFound}</p>
        ) : (
          <Facts
            isOneColumn
            facts={[
              [words.version.replace('Headwater', 'FFmpeg'), ffmpeg.version],
              [words.program, <code>{ffmpeg.path ?? ''}</code>],
              [words.hardware, isSoftware ? words.software : ffmpeg.hardware],
              ...encoders,
            ]}
          />
        )}
        {ffmpeg.fallbackReason !== undefined && <p class="hint">{ffmpeg.fallbackReason}</p>}
      </Card>
      <Doors doors={settings.doors} />
      <Folders folders={settings.folders} />
    </div>
  );
}

function Doors({ doors }: { readonly doors: readonly DoorEntry[] }): VNode {
  const words = settingsWords();
  const columns: Column<DoorEntry>[] = [
    { head: words.door, cell: ({ name }) => <strong>{words.doorNames[name] ?? name}</strong> },
    { head: words.port, cell: ({ port }) => port ?? words.closed, isNumber: true },
    {
      head: words.address,
      cell: ({ host }) => (EVERY_ADDRESS.includes(host) ? words.everyAddress : <code>{host}</code>),
    },
    { head: words.reach, cell: ({ isLocal }) => (isLocal ? words.localOnly : words.anywhere) },
  ];
  return (
    <Card title={words.doors}>
      <DataTable caption={words.doors} columns={columns} rows={doors} keyOf={({ name }) => name} />
    </Card>
  );
}

function Folders({ folders }: { readonly folders: readonly FolderEntry[] }): VNode {
  const words = settingsWords();
  const columns: Column<FolderEntry>[] = [
    {
      head: words.purpose,
      cell: ({ purpose, storage }) => (
        <strong>
          {words.purposes[purpose] ?? purpose} {storage}
        </strong>
      ),
    },
    { head: words.folder, cell: ({ path }) => <code class="folder">{path}</code> },
    { head: words.free, cell: (folder) => <Free folder={folder} />, isNumber: true },
  ];
  return (
    <Card title={words.folders}>
      <DataTable caption={words.folders} columns={columns} rows={folders} keyOf={({ path }) => path} />
    </Card>
  );
}

function Free({ folder: { freeBytes, totalBytes, problem } }: { readonly folder: FolderEntry }): VNode {
  const words = settingsWords();
  if (freeBytes === undefined || totalBytes === undefined) return <>{words.unknown(problem ?? '?')}</>;
  return (
    <span class="free">
      {words.freeOf(formatBytes(freeBytes), formatBytes(totalBytes))}
      <meter
        aria-label={words.free}
        min={0}
        max={totalBytes}
        low={totalBytes * 0.1}
        optimum={totalBytes}
        value={freeBytes}
      />
    </span>
  );
}
