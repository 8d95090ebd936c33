import type { ComponentChildren, VNode } from 'preact';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { LivePlayer } from './live-player.tsx';
import { SourcesCard } from './sources-card.tsx';
import { StreamButtons } from './stream-buttons.tsx';
import { StreamGraphs } from './stream-graphs.tsx';
import type { StreamPoint } from './stream-history.ts';
import { FactsCard, HealthCard, PlayUrlsCard, RenditionsCard, ViewersCard } from './stream-side.tsx';

/** The upper half of the page, while there is a stream. */
export function LiveStream(props: {
  readonly stream: StreamEntry;
  readonly points: readonly StreamPoint[];
  readonly onDone: () => void;
  /** What stands below in the wide and in the narrow column. */
  readonly timeline: ComponentChildren;
  readonly clips: ComponentChildren;
}): VNode {
  const { stream } = props;
  return (
    <>
      <StreamButtons stream={stream} onDone={props.onDone} />
      <div class="stream-columns">
        <div class="stack">
          <LivePlayer stream={stream} />
          <StreamGraphs points={props.points} />
          {stream.transcoding && <RenditionsCard transcoding={stream.transcoding} />}
          {props.timeline}
        </div>
        <div class="stack">
          <HealthCard stream={stream} />
          {stream.sources && <SourcesCard stream={stream} sources={stream.sources} onDone={props.onDone} />}
          <FactsCard stream={stream} />
          <ViewersCard stream={stream} />
          {props.clips}
          <PlayUrlsCard stream={stream} />
        </div>
      </div>
    </>
  );
}
