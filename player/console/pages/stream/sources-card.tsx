import type { VNode } from 'preact';
import { formatBitrate, formatDuration } from '../../../wording/index.ts';
import type { SourceEntry, StreamEntry, StreamSources } from '../../answers/answer-types.ts';
import { ActionButton, Card, Findings, may, Pill, ProblemNote, put, type Tone, useAction } from '../../kit/index.ts';
import { streamPath } from '../../stream-actions/index.ts';
import { pageWords } from './words.ts';
import './sources-card.css';

const TONES: Readonly<Record<string, Tone>> = { onAir: 'good', standby: 'quiet', stalled: 'bad' };

/** The encoders of a stream, which one viewers see, and what puts the other on air. */
export function SourcesCard(props: {
  readonly stream: StreamEntry;
  readonly sources: StreamSources;
  readonly onDone: () => void;
}): VNode {
  const words = pageWords();
  const { stream, sources, onDone } = props;
  const choose = useAction((source: string) => put(`${streamPath(stream)}/source`, { source }), onDone);
  const isByHand = sources.choice !== 'auto';
  return (
    <Card title={words.sources} actions={<span class="hint">{isByHand ? words.byHand : words.byRules}</span>}>
      {sources.onAir === 'slate' && <Findings tone="warn" findings={[{ code: 'SLATE', sentence: words.slateOnAir }]} />}
      <ul class="sources">
        {sources.sources.map((each) => (
          <SourceLine key={each.source} source={each} isOnAir={sources.onAir === each.source} choose={choose.run} />
        ))}
      </ul>
      {sources.sources.length === 1 && <p class="hint">{words.noBackup}</p>}
      {isByHand && may('streams:kick') && <LeaveButton stream={stream} onDone={onDone} />}
      <ProblemNote problem={choose.problem.value} />
    </Card>
  );
}

function SourceLine(props: {
  readonly source: SourceEntry;
  readonly isOnAir: boolean;
  readonly choose: (source: string) => Promise<boolean>;
}): VNode {
  const words = pageWords();
  const { source, isOnAir, choose } = props;
  const { codecs, width, height, fps, bitrateKbps, encoder, address, state, silentSeconds } = source;
  const stateWords = words.sourceStates[state as keyof typeof words.sourceStates] ?? state;
  const silent = state === 'stalled' ? ` ${words.silentFor(formatDuration(silentSeconds))}` : '';
  const media = [
    codecs,
    width && height ? `${width} × ${height}` : '',
    fps > 0 ? `${fps} fps` : '',
    formatBitrate(bitrateKbps || undefined),
  ];
  return (
    <li class={isOnAir ? 'is-on-air' : ''}>
      <div class="row">
        <strong>{words.sourceNames[source.source]}</strong>
        <Pill verdict={{ words: `${stateWords}${silent}`, tone: TONES[state] ?? 'quiet' }} />
        <span class="space" />
        {!isOnAir && state !== 'stalled' && may('streams:kick') && (
          <button type="button" class="outline secondary" onClick={() => void choose(source.source)}>
            {words.putOnAir}
          </button>
        )}
      </div>
      <small>{media.filter((each) => each !== '').join(', ')}</small>
      <small>{[encoder, address].filter((each) => each !== '').join(', ')}</small>
    </li>
  );
}

function LeaveButton({ stream, onDone }: { readonly stream: StreamEntry; readonly onDone: () => void }): VNode {
  const leave = useAction(() => put(`${streamPath(stream)}/source`, { source: 'auto' }), onDone);
  return (
    <ActionButton class="outline secondary" action={leave}>
      {pageWords().leaveToRules}
    </ActionButton>
  );
}
