import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { StreamsIcon } from '../../../icons/index.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { streamKeyOf } from '../../answers/rate-history.ts';
import { readStreams } from '../../answers/read-answers.ts';
import { viewerCount } from '../../answers/stream-words.ts';
import {
  Busy,
  Empty,
  MoreButton,
  PageHead,
  ProblemNote,
  SelectField,
  SilentNodes,
  TextField,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { KickDialog } from '../../stream-actions/index.ts';
import { fitting, type Shown } from './fitting.ts';
import { StreamTile } from './stream-tile.tsx';
import './streams.css';
import { streamsWords } from './words.ts';

const EVERY_MS = 3000;
const STEP = 60;

/** Everything that is live, with moving pictures. */
export function Page(): VNode {
  const words = streamsWords();
  const poll = usePoll({ path: '/streams', everyMs: EVERY_MS, read: readStreams });
  const kicked = useSignal<StreamEntry | undefined>(undefined);
  const { value: streams, problem, silentNodes } = poll.state.value;
  const live = streams?.filter(({ state }) => state === 'publishing') ?? [];
  const viewers = live.reduce((sum, stream) => sum + viewerCount(stream.viewers), 0);
  return (
    <>
      <PageHead title={words.title} hint={streams && words.summary(live.length, viewers)} />
      <ProblemNote problem={problem} />
      <SilentNodes names={silentNodes} />
      {!streams && !problem && <Busy />}
      {streams?.length === 0 && (
        <Empty title={words.none} icon={<StreamsIcon />}>
          <p>{words.noneHint}</p>
          <a href={hrefOf('overview')}>{words.toOverview}</a>
        </Empty>
      )}
      {streams !== undefined && streams.length > 0 && (
        <Tiles
          streams={streams}
          onKick={(stream) => {
            kicked.value = stream;
          }}
        />
      )}
      {kicked.value && (
        <KickDialog
          stream={kicked.value}
          onDone={() => void poll.askNow()}
          onClose={() => {
            kicked.value = undefined;
          }}
        />
      )}
    </>
  );
}

function Tiles(props: {
  readonly streams: readonly StreamEntry[];
  readonly onKick: (stream: StreamEntry) => void;
}): VNode {
  const words = streamsWords();
  const text = useSignal('');
  const shown = useSignal<Shown>('all');
  const most = useSignal(STEP);
  const fit = fitting(props.streams, text.value, shown.value);
  const hidden = fit.length - most.value;
  const choices = (['all', 'troubled', 'recorded'] as const).map((value) => ({ value, words: words[value] }));
  return (
    <>
      <search class="filter">
        <TextField label={words.filter} placeholder={words.filterHint} value={text} type="search" />
        <SelectField label={words.state} value={shown} choices={choices} />
      </search>
      {fit.length === 0 && <p class="hint">{words.noneFits}</p>}
      <ul class="tiles">
        {fit.slice(0, most.value).map((stream) => (
          <StreamTile key={streamKeyOf(stream)} stream={stream} onKick={() => props.onKick(stream)} />
        ))}
      </ul>
      {hidden > 0 && (
        <MoreButton
          isBusy={false}
          words={words.more(Math.min(STEP, hidden))}
          onMore={() => {
            most.value += STEP;
          }}
        />
      )}
    </>
  );
}
