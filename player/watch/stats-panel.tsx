import type { VNode } from 'preact';
import { PROTOCOL_NAMES } from '../engines/index.ts';
import { Sparkline } from '../graphs/index.ts';
import { codecName, formatBitrate, formatBytes, formatLatency } from '../wording/index.ts';
import { HISTORY_LENGTH, type Sample } from './live-stats.ts';
import type { Watching } from './watching.ts';

// A graph of a young viewing fills its box sooner.
const FEWEST_SLOTS = 30;

/** Graphs of the last two minutes, and below them what the stream is made of. */
export function StatsPanel({ watching }: { readonly watching: Watching }): VNode {
  const history = watching.stats.history.value;
  const now = history.at(-1);
  return (
    <aside class="stats" aria-label="Numbers and graphs">
      <div class="graphs">
        <Graph
          title="Latency"
          note={latencyNote(now)}
          value={formatLatency(now?.latencyMs)}
          values={history.map((sample) => sample.latencyMs)}
          least={1000}
        />
        <Graph
          title="Bitrate"
          value={formatBitrate(now?.bitrateKbps)}
          values={history.map((sample) => sample.bitrateKbps)}
          least={500}
        />
        <Graph
          title="Buffer"
          value={formatLatency(now?.bufferMs)}
          values={history.map((sample) => sample.bufferMs)}
          least={1000}
        />
        <Graph
          title="Dropped"
          note="frames/s"
          value={String(now?.droppedNow ?? 0)}
          values={history.map((sample) => sample.droppedNow)}
          least={5}
        />
      </div>
      <Details watching={watching} now={now} />
    </aside>
  );
}

function latencyNote(now: Sample | undefined): string {
  if (now?.latencyMs === undefined) return '';
  return now.isGlass ? 'glass to glass' : 'estimated';
}

function Graph(props: {
  readonly title: string;
  readonly note?: string;
  readonly value: string;
  readonly values: readonly (number | undefined)[];
  readonly least: number;
}): VNode {
  return (
    <div class="graph">
      <div class="graph-words">
        <span class="graph-title">
          {props.title} {props.note && <small>{props.note}</small>}
        </span>
        <span class="graph-value">{props.value}</span>
      </div>
      <Sparkline
        values={props.values}
        slots={Math.min(HISTORY_LENGTH, Math.max(FEWEST_SLOTS, props.values.length))}
        least={props.least}
        words={`${props.title}, up to two minutes; now ${props.value}`}
      />
    </div>
  );
}

function Details({ watching, now }: { readonly watching: Watching; readonly now: Sample | undefined }): VNode {
  const reading = watching.session.reading();
  const hasPicture = now !== undefined && now.width > 0;
  const rows: readonly (readonly [string, string])[] = [
    ['Protocol', PROTOCOL_NAMES[watching.session.protocol.value]],
    ['Picture', now && hasPicture ? `${now.width} × ${now.height}` : '–'],
    ['Quality', reading.playingLevel?.label ?? (hasPicture ? 'as published' : '–')],
    ['Video', codecWords(reading.videoCodec)],
    ['Audio', codecWords(reading.audioCodec)],
    ['Estimated latency', formatLatency(now?.estimatedLatencyMs)],
    ['Glass to glass', glassWords(now)],
    ['Start-up', formatLatency(now?.startupMs)],
    ['Stalls', now?.stalls ? `${now.stalls}, ${formatLatency(now.stalledMs)}` : '0'],
    ['Frames', `${(now?.totalFrames ?? 0).toLocaleString('en')}, ${now?.droppedFrames ?? 0} dropped`],
    ['Received', reading.receivedBytes > 0 ? formatBytes(reading.receivedBytes) : '–'],
  ];
  return (
    <details class="details" open>
      <summary>Details</summary>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function codecWords(codec: string | undefined): string {
  const name = codecName(codec);
  return codec && name !== codec ? `${name} (${codec})` : name;
}

function glassWords(now: Sample | undefined): string {
  if (now?.glassLatencyMs !== undefined) return formatLatency(now.glassLatencyMs);
  return now?.latencyMs === undefined ? '–' : 'no clock in the picture';
}
