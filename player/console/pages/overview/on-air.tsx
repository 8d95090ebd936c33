import type { VNode } from 'preact';
import { formatBitrate } from '../../../wording/index.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { streamKeyOf } from '../../answers/rate-history.ts';
import { healthVerdict, viewerCount } from '../../answers/stream-words.ts';
import { streamWords } from '../../answers/words.ts';
import { Card, Pill } from '../../kit/index.ts';
import { MovingPicture } from '../../pictures/moving-picture.tsx';
import { hrefOf } from '../../shell/href.ts';
import { overviewWords } from './words.ts';

const SHOWN = 6;

/** What is live, those with the most viewers first. */
export function OnAir({ streams }: { readonly streams: readonly StreamEntry[] }): VNode {
  const words = overviewWords();
  const live = streams
    .filter(({ state }) => state !== 'ended')
    .toSorted((a, b) => viewerCount(b.viewers) - viewerCount(a.viewers));
  return (
    <Card title={words.streams} actions={<a href={hrefOf('streams')}>{words.allStreams}</a>} class="on-air">
      {live.length === 0 && <p class="hint">{words.nothingLive}</p>}
      <ul>
        {live.slice(0, SHOWN).map((stream) => (
          <li key={streamKeyOf(stream)}>
            <MovingPicture stream={stream} />
            <div class="on-air-name">
              <a href={hrefOf('streams/:domain/:app/:stream', stream.domain, stream.app, stream.name)}>
                <span class="app">{stream.app} /</span> {stream.name}
              </a>
              <span class="hint">
                {streamWords().viewers(viewerCount(stream.viewers))}, {formatBitrate(stream.bitrateKbps)}
              </span>
            </div>
            <Pill verdict={healthVerdict(stream.health.status)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
