import type { VNode } from 'preact';
import { CheckIcon } from '../../../icons/index.ts';
import { formatBitrate, formatDuration } from '../../../wording/index.ts';
import type { RenditionEntry, StreamEntry, Transcoding } from '../../answers/answer-types.ts';
import {
  healthVerdict,
  keyFrameWords,
  publisherWords,
  secondsSince,
  trackWords,
  viewerCount,
} from '../../answers/stream-words.ts';
import { Card, CopyField, DataTable, Facts, Findings, Pill } from '../../kit/index.ts';
import { stateWords } from '../../server-words/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { hasPage } from '../../shell/page-list.ts';
import { pageWords } from './words.ts';

/** The verdict about a stream with its remedy. */
export function HealthCard({ stream }: { readonly stream: StreamEntry }): VNode {
  const words = pageWords();
  const { health, moderation } = stream;
  return (
    <Card title={words.health} actions={<Pill verdict={healthVerdict(health.status)} />}>
      <Findings findings={health.findings} tone={health.status === 'bad' ? 'bad' : 'warn'} />
      {moderation && (
        <Findings
          tone="warn"
          findings={[{ code: 'MODERATION', sentence: words.moderation(moderation.action, moderation.reason) }]}
        />
      )}
      {health.findings.length === 0 && health.status !== 'good' && <p class="hint">{words.noEncoder}</p>}
      {health.findings.length === 0 && health.status === 'good' && !moderation && (
        <p class="all-good">
          <CheckIcon /> {words.wellHint}
        </p>
      )}
    </Card>
  );
}

/** What a stream is made of, and who publishes it. */
export function FactsCard({ stream }: { readonly stream: StreamEntry }): VNode {
  const words = pageWords();
  return (
    <Card title={words.facts}>
      <Facts
        isOneColumn
        facts={[
          [words.video, trackWords(stream, 'video')],
          [words.audio, trackWords(stream, 'audio')],
          [words.bitrate, formatBitrate(stream.bitrateKbps || undefined)],
          [words.keyFrames, keyFrameWords(stream.gopSeconds)],
          [words.up, formatDuration(secondsSince(stream.startedAt, Date.now()))],
          [words.publisher, publisherWords(stream)],
          [words.domain, stream.domain],
          ...(stream.node === undefined ? [] : [[words.node, stream.node] as const]),
        ]}
      />
    </Card>
  );
}

/** How many watch by each door. */
export function ViewersCard({ stream: { viewers } }: { readonly stream: StreamEntry }): VNode {
  const words = pageWords();
  const total = viewerCount(viewers);
  const doors: readonly (readonly [string, number])[] = [
    ['HLS', viewers.hls],
    ['HTTP-FLV', viewers.flv],
    ['WebSocket-FLV', viewers.wsFlv],
    ['RTMP', viewers.rtmp],
  ];
  return (
    <Card title={words.viewers} actions={<strong>{total}</strong>}>
      <dl class="doors">
        {doors.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <meter min={0} max={Math.max(1, total)} value={count} aria-label={name} /> <span>{count}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** The ladder of a stream. */
export function RenditionsCard({ transcoding }: { readonly transcoding: Transcoding }): VNode {
  const words = pageWords();
  const { encoder, speed, restarts, lastFailure, fallbackReason } = transcoding;
  const troubles = [fallbackReason, restarts > 0 ? lastFailure : undefined].filter((each) => each !== undefined);
  const about = [
    words.encoder(encoder),
    ...(speed === undefined ? [] : [words.speed(speed.toFixed(2))]),
    ...(restarts > 0 ? [words.restarts(restarts)] : []),
  ];
  return (
    <Card title={words.renditions} actions={<span class="hint">{about.join(', ')}</span>}>
      <Findings tone="warn" findings={troubles.map((sentence) => ({ code: 'TRANSCODING', sentence }))} />
      <DataTable
        caption={words.renditions}
        rows={transcoding.renditions}
        keyOf={({ template }) => template}
        columns={[
          { head: words.renditionHead, cell: ({ template }) => template },
          { head: words.stateHead, cell: stateOf },
          { head: words.sizeHead, cell: ({ width, height }) => (width && height ? `${width} × ${height}` : '–') },
          { head: words.bitrate, cell: ({ bitrateKbps }) => formatBitrate(bitrateKbps), isNumber: true },
          { head: words.viewers, cell: ({ viewers }) => viewerCount(viewers), isNumber: true },
        ]}
      />
    </Card>
  );
}

function stateOf({ state, reason }: RenditionEntry): VNode {
  const tone = state === 'live' ? 'good' : reason === undefined ? 'quiet' : 'warn';
  return (
    <>
      <Pill verdict={{ words: stateWords(state), tone }} /> {reason && <small>{reason}</small>}
    </>
  );
}

/** Where it plays, to be copied. */
export function PlayUrlsCard({ stream: { urls } }: { readonly stream: StreamEntry }): VNode {
  const words = pageWords();
  const doors: readonly (readonly [string, string | undefined])[] = [
    ['HLS, LL-HLS', urls.hls],
    ['HTTP-FLV', urls.flv],
    ['RTMP', urls.rtmp],
  ];
  return (
    <Card title={words.playUrls}>
      {doors.map(([label, url]) => url !== undefined && <CopyField key={label} label={label} value={url} />)}
      <p class="hint">
        {words.playUrlsHint} {hasPage('sign') && <a href={hrefOf('sign')}>{words.generator}</a>}
      </p>
    </Card>
  );
}
