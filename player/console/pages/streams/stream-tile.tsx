import type { VNode } from 'preact';
import { KickIcon } from '../../../icons/index.ts';
import { formatBitrate, formatDuration } from '../../../wording/index.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { healthVerdict, secondsSince, stateVerdict, viewerCount } from '../../answers/stream-words.ts';
import { streamWords } from '../../answers/words.ts';
import { may, Pill } from '../../kit/index.ts';
import { MovingPicture } from '../../pictures/moving-picture.tsx';
import { hrefOf } from '../../shell/href.ts';
import { actionWords, nameWords } from '../../stream-actions/index.ts';

/** One stream of the list: its picture, how it is, and the way to its page. */
export function StreamTile(props: { readonly stream: StreamEntry; readonly onKick: () => void }): VNode {
  const { stream } = props;
  const { domain, app, name, state } = stream;
  const words = actionWords();
  const video = stream.tracks.find(({ kind }) => kind === 'video');
  return (
    <li class={`card tile state-${state}`}>
      <div class="tile-picture">
        <MovingPicture stream={stream} />
        <span class="tile-marks">
          {stream.isRecording && <span class="pill rec">REC</span>}
          <Pill verdict={state === 'publishing' ? healthVerdict(stream.health.status) : stateVerdict(state)} />
        </span>
      </div>
      <div class="tile-words">
        <h2>
          <a class="tile-link" href={hrefOf('streams/:domain/:app/:stream', domain, app, name)}>
            <span class="app">{app} /</span> {name}
          </a>
        </h2>
        {domain !== 'default' && <p class="hint">{domain}</p>}
        <p class="tile-facts">
          <span>{streamWords().viewers(viewerCount(stream.viewers))}</span>
          {video?.height !== undefined && <span>{video.height}p</span>}
          <span>{formatBitrate(stream.bitrateKbps || undefined)}</span>
          <span>{formatDuration(secondsSince(stream.startedAt, Date.now()))}</span>
          {stream.node !== undefined && <span>{stream.node}</span>}
        </p>
      </div>
      {may('streams:kick') && state !== 'ended' && (
        <button
          type="button"
          class="plain quiet square tile-kick"
          aria-label={`${words.kick}: ${nameWords(stream)}`}
          title={words.kick}
          onClick={props.onKick}
        >
          <KickIcon />
        </button>
      )}
    </li>
  );
}
