import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { OpenIcon, StreamsIcon } from '../../../icons/index.ts';
import { readStream } from '../../answers/read-answers.ts';
import { stateVerdict } from '../../answers/stream-words.ts';
import { Busy, Card, Empty, isMissing, may, PageHead, Pill, ProblemNote, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { nameWords, type StreamId, streamPath } from '../../stream-actions/index.ts';
import { RecordingsList } from '../recordings/recordings-list.tsx';
import { BlockNote } from './block-note.tsx';
import { ClipsCard } from './clips-card.tsx';
import { LiveStream } from './live-stream.tsx';
import { readClips } from './read-clips.ts';
import { StreamHistory } from './stream-history.ts';
import './stream.css';
import { TimelineCard } from './timeline-card.tsx';
import { pageWords } from './words.ts';

const STREAM_EVERY_MS = 2000;
const CLIPS_EVERY_MS = 5000;
const KEPT = 150;

/** One stream in full: what it is now, what can be done to it, what happened, and what is left of it. */
export function Page(): VNode {
  const { domain = '', app = '', stream: name = '' } = useRoute().params;
  const id = useMemo(() => ({ domain, app, name }), [domain, app, name]);
  return <StreamPage key={`${domain}/${app}/${name}`} id={id} />;
}

function StreamPage({ id }: { readonly id: StreamId }): VNode {
  const words = pageWords();
  const history = useMemo(() => new StreamHistory(KEPT), []);
  const read = useMemo(
    () => (answer: unknown) => {
      const stream = readStream(answer);
      history.add(stream, Date.now());
      return { stream, points: history.points };
    },
    [history],
  );
  const path = streamPath(id);
  const poll = usePoll({ path, everyMs: STREAM_EVERY_MS, read });
  const clips = usePoll({
    path: may('clips:read') ? `${path}/clips` : undefined,
    everyMs: CLIPS_EVERY_MS,
    read: readClips,
  });
  const { value, problem } = poll.state.value;
  const isGone = isMissing(problem);
  const stream = isGone ? undefined : value?.stream;
  const askAgain = () => {
    void poll.askNow();
    void clips.askNow();
  };
  const timeline = may('events:read') && <TimelineCard stream={id} />;
  const clipsCard = may('clips:read') && <ClipsCard stream={id} clips={clips} />;
  return (
    <>
      <PageHead
        title={nameWords(id)}
        trail={<a href={hrefOf('streams')}>{words.streams}</a>}
        beside={
          stream && (
            <>
              <Pill verdict={stateVerdict(stream.state)} />
              {stream.isRecording && <span class="pill rec">REC</span>}
            </>
          )
        }
      >
        {stream?.urls.page && (
          <a class="link-button bordered" href={stream.urls.page} target="_blank" rel="noopener">
            {words.openPage} <OpenIcon />
          </a>
        )}
      </PageHead>
      {may('blocks:read') && <BlockNote stream={id} />}
      {!isGone && <ProblemNote problem={problem} />}
      {!value && !problem && <Busy />}
      <div class="stack">
        {isGone && (
          <Empty title={words.notLive} icon={<StreamsIcon />}>
            <p>{words.notLiveHint}</p>
          </Empty>
        )}
        {stream ? (
          <LiveStream
            stream={stream}
            points={value?.points ?? []}
            onDone={askAgain}
            timeline={timeline}
            clips={clipsCard}
          />
        ) : (
          <div class="stream-columns">
            {timeline}
            {clipsCard}
          </div>
        )}
        {may('recordings:read') && (
          <Card title={words.recordings} class="bare">
            <RecordingsList filter={{ domain: id.domain, app: id.app, stream: id.name }} />
          </Card>
        )}
      </div>
    </>
  );
}
