import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hasMediaSource, offeredProtocols, PROTOCOL_NAMES, type StreamProtocol } from '../../../engines/index.ts';
import { PlayIcon } from '../../../icons/index.ts';
import { formatLatency } from '../../../wording/index.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { Findings } from '../../kit/index.ts';
import { MovingPicture } from '../../pictures/moving-picture.tsx';
import { playAddress } from './play-address.ts';
import { PlayerSession, type PlayerState } from './player-session.ts';
import { pageWords } from './words.ts';

const PROTOCOLS = offeredProtocols(hasMediaSource());

/** The stream as viewers get it, by the door that is chosen. Nothing is loaded before it is asked for. */
export function LivePlayer({ stream }: { readonly stream: StreamEntry }): VNode {
  const words = pageWords();
  const shown = useRef<HTMLVideoElement>(null);
  const spare = useRef<HTMLVideoElement>(null);
  const session = useRef<PlayerSession | undefined>(undefined);
  const latest = useRef(stream);
  latest.current = stream;
  const protocol = useSignal<StreamProtocol>(PROTOCOLS[0] ?? 'native');
  const rendition = useSignal('');
  const state = useSignal<PlayerState>({ kind: 'idle' });
  useEffect(() => {
    if (!shown.current || !spare.current) return undefined;
    const made = new PlayerSession(shown.current, spare.current, (door) =>
      playAddress(latest.current, rendition.peek(), door),
    );
    session.current = made;
    const stopFollowing = made.state.subscribe((value) => {
      state.value = value;
    });
    return () => {
      stopFollowing();
      made.stop();
    };
  }, [state]);
  const isIdle = state.value.kind === 'idle';
  const choose = (door: StreamProtocol, template = rendition.value) => {
    protocol.value = door;
    rendition.value = template;
    if (!isIdle) void session.current?.play(door);
  };
  const templates = stream.transcoding?.renditions.map(({ template }) => template) ?? [];
  return (
    <section class="card live-player" aria-label={words.play}>
      <div class={`screen ${isIdle ? 'is-idle' : ''}`}>
        <video ref={shown} playsInline muted controls={!isIdle} />
        <video ref={spare} playsInline muted />
        {isIdle && <MovingPicture stream={stream} isLarge />}
        {isIdle && (
          <button type="button" class="big-play" onClick={() => void session.current?.play(protocol.value)}>
            <PlayIcon /> {words.play}
          </button>
        )}
        {state.value.kind === 'connecting' && (
          <p class="screen-words" role="status" aria-busy="true">
            {words.connecting}
          </p>
        )}
      </div>
      {state.value.kind === 'trouble' && (
        <div role="alert">
          <Findings
            tone="bad"
            findings={[
              {
                code: 'PLAYER',
                sentence: state.value.words,
                ...(state.value.remedy !== undefined && { remedy: state.value.remedy }),
              },
            ]}
          />
        </div>
      )}
      <div class="row under-screen">
        <fieldset class="choice" aria-label={words.door}>
          {PROTOCOLS.map((each) => (
            <button key={each} type="button" aria-pressed={protocol.value === each} onClick={() => choose(each)}>
              {PROTOCOL_NAMES[each]}
            </button>
          ))}
        </fieldset>
        {templates.length > 0 && (
          <fieldset class="choice" aria-label={words.renditions}>
            {['', ...templates].map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={rendition.value === each}
                onClick={() => choose(protocol.value, each)}
              >
                {each || words.source}
              </button>
            ))}
          </fieldset>
        )}
        {!isIdle && (
          <button type="button" class="plain" onClick={() => session.current?.stop()}>
            {words.stop}
          </button>
        )}
        <span class="space" />
        {state.value.kind === 'playing' && state.value.latencyMs !== undefined && (
          <span class="hint">{words.delay(formatLatency(state.value.latencyMs))}</span>
        )}
      </div>
    </section>
  );
}
