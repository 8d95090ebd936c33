import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CloseIcon } from '../../../icons/index.ts';
import { fields, list } from '../../answers/answer-fields.ts';
import type { NodeHealth, Setup, StreamEntry } from '../../answers/answer-types.ts';
import { readSetup } from '../../answers/read-answers.ts';
import { ActionButton, Busy, CopyField, kitWords, may, ProblemNote, useAction, usePoll } from '../../kit/index.ts';
import { MovingPicture } from '../../pictures/moving-picture.tsx';
import { hrefOf } from '../../shell/href.ts';
import { hasPage } from '../../shell/page-list.ts';
import { signUrls } from '../domains/sign-urls.ts';
import { Step, Waiting } from './guide-step.tsx';
import { NextSteps } from './next-steps.tsx';
import { FIRST_DOMAIN, isPending } from './quick-rules.ts';
import { overviewWords } from './words.ts';

const EVERY_MS = 15_000;
const SNIPPET = 'domains: [{ name: default, play: { auth: { type: type_a, key1: <32 letters and digits> } } }]';

/** Three steps that end in a picture: push, sign, watch. */
export function FirstSteps(props: {
  readonly streams: readonly StreamEntry[] | undefined;
  readonly health: NodeHealth | undefined;
  readonly onHide: () => void;
}): VNode {
  const words = overviewWords();
  const setup = usePoll({ path: '/setup', everyMs: EVERY_MS, read: readSetup }).state.value;
  const live = props.streams?.find(({ state }) => state === 'publishing');
  const poll = usePoll({
    path: may('rules:read') ? '/domains' : undefined,
    everyMs: EVERY_MS,
    read: readIsPlayOpen,
  });
  const isOpen = poll.state.value.value ?? props.health?.posture.some(({ code }) => code === 'PLAY_OPEN') ?? true;
  return (
    <section class="card first-steps" aria-labelledby="first-steps">
      <header>
        <div>
          <h2 id="first-steps">{words.guide}</h2>
          <p class="hint">{words.guideHint}</p>
        </div>
        <button type="button" class="plain square" aria-label={words.hide} title={words.hide} onClick={props.onHide}>
          <CloseIcon />
        </button>
      </header>
      <ol>
        <Step number={1} title={words.push} isDone={live !== undefined}>
          <ProblemNote problem={setup.problem} />
          {setup.value ? <PushFields setup={setup.value} /> : !setup.problem && <Busy words={kitWords().loading} />}
          {live && <p class="done-words">{words.pushDone(`${live.app}/${live.name}`)}</p>}
        </Step>
        <Step number={2} title={words.sign} isDone={!isOpen}>
          {isOpen ? <SignHint onDone={() => void poll.askNow()} /> : <p class="done-words">{words.signDone}</p>}
          <p class="hint">
            <a href={hrefOf('sign')}>{words.signGenerate}</a>
          </p>
        </Step>
        <Step number={3} title={words.watch} isDone={live !== undefined}>
          {live ? (
            <>
              <MovingPicture stream={live} isLarge />
              <p>
                <a href={hrefOf('streams/:domain/:app/:stream', live.domain, live.app, live.name)}>
                  {words.watchHere(`${live.app}/${live.name}`)}
                </a>
              </p>
            </>
          ) : (
            <p class="hint">{words.watchHint}</p>
          )}
        </Step>
      </ol>
      {may('rules:write') && <NextSteps live={live} />}
    </section>
  );
}

/** Whether anybody may play from the first domain. */
function readIsPlayOpen(answer: unknown): boolean {
  const [first] = list(fields(answer).domains);
  return fields(fields(fields(first).play).auth).type === 'no_auth';
}

function PushFields({ setup }: { readonly setup: Setup }): VNode {
  const words = overviewWords();
  return (
    <>
      <p class="hint">{words.pushHint}</p>
      <CopyField label={words.server} value={setup.obs.server} />
      <CopyField label={words.streamKey} value={setup.obs.streamKey} isSecret />
      {setup.exampleFfmpeg && (
        <details>
          <summary>{words.orFfmpeg}</summary>
          <CopyField label={words.command} value={setup.exampleFfmpeg} isSecret />
        </details>
      )}
    </>
  );
}

function SignHint({ onDone }: { readonly onDone: () => void }): VNode {
  const words = overviewWords();
  const isWaiting = useSignal(false);
  const sign = useAction(
    () => signUrls(FIRST_DOMAIN, 'play', words.signNow),
    (answer) => {
      isWaiting.value = isPending(answer);
      onDone();
    },
  );
  return (
    <>
      <p class="hint">{words.signHint}</p>
      <ProblemNote problem={sign.problem.value} />
      {isWaiting.value && <Waiting />}
      {may('rules:write') && !isWaiting.value && <ActionButton action={sign}>{words.signNow}</ActionButton>}
      {hasPage('domains') ? (
        <p>
          <a href={hrefOf('domains/:id', FIRST_DOMAIN)}>{words.domains}</a>
        </p>
      ) : (
        <CopyField label={words.rulesSnippet} value={SNIPPET} />
      )}
    </>
  );
}
