import type { VNode } from 'preact';
import { Sparkline } from '../graphs/index.ts';
import { OpenIcon } from '../icons/index.ts';
import { formatBitrate, formatDuration } from '../wording/index.ts';
import type { StreamEntry } from './api-types.ts';
import { CopyField } from './copy-field.tsx';
import { Findings, Pill } from './notes.tsx';
import { HEALTH_VERDICTS, STATE_VERDICTS, secondsSince, trackWords, viewerWords } from './stream-words.ts';

const RATE_SLOTS = 60;
// A graph of a young stream fills its box sooner.
const FEWEST_SLOTS = 15;

/** One stream: how it is, what to do about it, what it is made of, and where it plays. */
export function StreamCard(props: {
  readonly stream: StreamEntry;
  readonly rates: readonly (number | undefined)[];
  readonly nowMs: number;
}): VNode {
  const { stream } = props;
  const isOver = stream.state === 'ended';
  return (
    <article class={`stream state-${stream.state}`}>
      <header>
        <h3>
          <span class="app">{stream.app} /</span> {stream.name}
        </h3>
        <Pill verdict={STATE_VERDICTS[stream.state]} />
        {!isOver && <Pill verdict={HEALTH_VERDICTS[stream.health.status]} />}
        {stream.urls.page && (
          <a class="open" href={stream.urls.page} target="_blank" rel="noopener">
            Open player <OpenIcon />
          </a>
        )}
      </header>
      <Findings findings={stream.health.findings} tone={stream.health.status === 'bad' ? 'bad' : 'warn'} />
      {!isOver && <StreamBody stream={stream} rates={props.rates} nowMs={props.nowMs} />}
      {!isOver && <PlayUrls stream={stream} />}
    </article>
  );
}

function StreamBody(props: {
  readonly stream: StreamEntry;
  readonly rates: readonly (number | undefined)[];
  readonly nowMs: number;
}): VNode {
  const { stream, rates, nowMs } = props;
  return (
    <div class="stream-body">
      <Facts stream={stream} nowMs={nowMs} />
      <figure class="rate">
        <figcaption>
          <span>Bitrate</span> <strong>{formatBitrate(stream.bitrateKbps)}</strong>
        </figcaption>
        <Sparkline
          values={rates}
          slots={Math.min(RATE_SLOTS, Math.max(FEWEST_SLOTS, rates.length))}
          least={500}
          words={`Bitrate, last two minutes; now ${formatBitrate(stream.bitrateKbps)}`}
        />
      </figure>
    </div>
  );
}

function Facts({ stream, nowMs }: { readonly stream: StreamEntry; readonly nowMs: number }): VNode {
  const rows: readonly (readonly [string, string])[] = [
    ['Video', trackWords(stream, 'video')],
    ['Audio', trackWords(stream, 'audio')],
    ['Viewers', viewerWords(stream.viewers)],
    ['Key frames', stream.gopSeconds === undefined ? '–' : `every ${stream.gopSeconds.toFixed(1)} s`],
    ['Up', formatDuration(secondsSince(stream.startedAt, nowMs))],
    ['Publisher', publisherWords(stream)],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function PlayUrls({ stream }: { readonly stream: StreamEntry }): VNode | null {
  const doors: readonly (readonly [string, string | undefined])[] = [
    ['HLS and LL-HLS', stream.urls.hls],
    ['HTTP-FLV', stream.urls.flv],
    ['RTMP', stream.urls.rtmp],
  ];
  const open = doors.filter((door): door is readonly [string, string] => door[1] !== undefined);
  if (open.length === 0) return null;
  return (
    <details>
      <summary>Play URLs</summary>
      {open.map(([label, url]) => (
        <CopyField key={label} label={label} value={url} />
      ))}
    </details>
  );
}

function publisherWords({ publisher }: StreamEntry): string {
  if (!publisher) return 'none';
  return [publisher.encoder, publisher.address && `from ${publisher.address}`].filter(Boolean).join(', ');
}
