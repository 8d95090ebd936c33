import type { VNode } from 'preact';
import { formatBytes, formatDuration, formatLatency } from '../../../wording/index.ts';
import { Card, type Column, clockWords, DataTable, Facts, Moment } from '../../kit/index.ts';
import { DOORS, type Door, type Report } from './read-report.ts';
import { reportWords } from './words.ts';

type Shown = { readonly report: Report };

/** What each door gave to how many. */
export function DoorsCard({ report }: Shown): VNode {
  const words = reportWords();
  const joins = new Map(report.quality.joins);
  const columns: Column<Door>[] = [
    { head: words.columns.door, cell: (door) => words.doors[door] },
    { head: words.columns.peak, isNumber: true, cell: (door) => report.viewers.peakByDoor[door] },
    { head: words.columns.bytes, isNumber: true, cell: (door) => formatBytes(report.traffic.byDoor[door]) },
    { head: words.columns.join, isNumber: true, cell: (door) => formatLatency(joins.get(door)?.p50Ms) },
    { head: words.columns.joinSlow, isNumber: true, cell: (door) => formatLatency(joins.get(door)?.p95Ms) },
  ];
  const used = DOORS.filter((door) => report.viewers.peakByDoor[door] > 0);
  return (
    <Card title={words.doorsTitle}>
      <DataTable
        caption={words.doorsTitle}
        columns={columns}
        rows={used.length > 0 ? used : [DOORS[0]]}
        keyOf={(door) => door}
      />
    </Card>
  );
}

/** What players reported. */
export function QualityCard({ report: { quality, viewers } }: Shown): VNode {
  const words = reportWords();
  return (
    <Card title={words.qualityTitle}>
      <Facts
        isOneColumn
        facts={[
          [words.reporting, `${quality.plays} / ${viewers.plays}`],
          [words.startup, formatLatency(quality.startup?.p50Ms)],
          [words.startupSlow, formatLatency(quality.startup?.p95Ms)],
          [words.stalled, quality.plays === 0 ? '–' : formatLatency(quality.stalledSeconds * 1000)],
        ]}
      />
    </Card>
  );
}

/** The encoder's connections, and how they ended. */
export function PublisherCard({ report }: Shown): VNode {
  const words = reportWords();
  const endOf = (reason: string | undefined) => (reason === undefined ? words.running : (words.ends[reason] ?? reason));
  const columns: Column<Report['connections'][number]>[] = [
    { head: words.connectionColumns.from, cell: ({ startedAt }) => <Moment at={startedAt} /> },
    { head: words.connectionColumns.until, cell: ({ endedAt }) => <Moment at={endedAt} /> },
    { head: words.connectionColumns.end, cell: ({ endReason }) => endOf(endReason) },
  ];
  return (
    <Card title={words.encoderTitle}>
      <Facts
        isOneColumn
        facts={[
          [words.reconnects, report.reconnects],
          [words.node, report.node ?? '–'],
        ]}
      />
      <DataTable
        caption={words.encoderTitle}
        columns={columns}
        rows={report.connections}
        keyOf={({ sessionId }) => sessionId}
      />
    </Card>
  );
}

export function EndingsCard({ report: { viewers, callbacks } }: Shown): VNode {
  const words = reportWords();
  const endings = viewers.endings.map(([name, count]) => [words.endings[name] ?? name, count] as const);
  return (
    <Card title={words.endingsTitle}>
      <Facts isOneColumn facts={endings.length > 0 ? endings : [['–', '']]} />
      <h3 class="within">{words.callbacksTitle}</h3>
      {callbacks ? (
        <Facts
          isOneColumn
          facts={[
            [words.delivered, callbacks.delivered],
            [words.waiting, callbacks.waiting],
            [words.failed, callbacks.failed],
            [words.failedTries, callbacks.failedTries],
          ]}
        />
      ) : (
        <p class="hint">{words.noDatabase}</p>
      )}
    </Card>
  );
}

/** What was wrong with the publish, and when. */
export function HealthCard({ report: { health } }: Shown): VNode {
  const words = reportWords();
  return (
    <Card title={words.healthTitle}>
      {health.length === 0 && <p class="hint">{words.healthy}</p>}
      <ul class="report-notes">
        {health.map(({ code, sentence, from, until }) => (
          <li key={`${code} ${from}`}>
            <span class="hint">
              {timeOf(from)}
              {until !== undefined && ` – ${timeOf(until)}`}
            </span>
            {sentence}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What happened to renditions. */
export function LadderCard({ report: { ladder } }: Shown): VNode | null {
  const words = reportWords();
  if (ladder.length === 0) return null;
  return (
    <Card title={words.ladderTitle}>
      <ul class="report-notes">
        {ladder.map(({ at, event, rendition, reason }) => (
          <li key={`${at} ${event} ${rendition}`}>
            <span class="hint">{timeOf(at)}</span>
            {[event, rendition, reason].filter(Boolean).join(' · ')}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Everything that was made of the show. */
export function FilesCard({ report: { files } }: Shown): VNode {
  const words = reportWords();
  const rows = [...files.recordings, ...files.clips.map((clip) => ({ ...clip, kind: `${words.clip}, ${clip.kind}` }))];
  const columns: Column<(typeof rows)[number]>[] = [
    { head: words.fileColumns.name, cell: ({ name }) => name },
    { head: words.fileColumns.kind, cell: ({ kind }) => kind },
    {
      head: words.fileColumns.duration,
      isNumber: true,
      cell: ({ durationSeconds }) => formatDuration(durationSeconds),
    },
    { head: words.fileColumns.size, isNumber: true, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
  ];
  return (
    <Card title={words.filesTitle}>
      {rows.length === 0 ? (
        <p class="hint">{words.noFiles}</p>
      ) : (
        <DataTable
          caption={words.filesTitle}
          columns={columns}
          rows={rows}
          keyOf={({ name, kind }) => `${kind} ${name}`}
        />
      )}
      <Facts isOneColumn facts={[[words.snapshots, files.snapshots]]} />
    </Card>
  );
}

function timeOf(at: string | undefined): string {
  return at === undefined ? '' : clockWords(Date.parse(at));
}
