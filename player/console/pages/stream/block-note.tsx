import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import {
  ActionButton,
  announce,
  Findings,
  may,
  momentWords,
  ProblemNote,
  pathOf,
  remove,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { actionWords, nameWords, type StreamId } from '../../stream-actions/index.ts';
import { pageWords } from './words.ts';

type Block = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly until: string;
  readonly reason: string;
};

const EVERY_MS = 5000;

/** That nobody may publish the stream, and the way to let them again. */
export function BlockNote({ stream }: { readonly stream: StreamId }): VNode | null {
  const words = pageWords();
  const poll = usePoll({ path: '/blocks', everyMs: EVERY_MS, read: readBlocks });
  const { domain, app, name } = stream;
  const unblock = useAction(
    () => remove(`/blocks${pathOf(domain, app, name)}`),
    () => {
      announce(actionWords().unblocked(nameWords(stream)));
      void poll.askNow();
    },
  );
  const block = poll.state.value.value?.find(
    (each) => each.domain === domain && each.app === app && each.stream === name,
  );
  if (!block) return null;
  return (
    <div class="block-note">
      <Findings
        tone="warn"
        findings={[
          { code: 'BLOCKED', sentence: words.blockedUntil(momentWords(Date.parse(block.until))), remedy: block.reason },
        ]}
      />
      {may('blocks:write') && (
        <ActionButton action={unblock} class="outline secondary">
          {actionWords().unblock}
        </ActionButton>
      )}
      <ProblemNote problem={unblock.problem.value} />
    </div>
  );
}

function readBlocks(answer: unknown): Block[] {
  return list(fields(answer).blocks).map((entry) => {
    const { domain, app, stream, until, reason } = fields(entry);
    return {
      domain: text(domain) ?? '',
      app: text(app) ?? '',
      stream: text(stream) ?? '',
      until: text(until) ?? '',
      reason: text(reason) ?? '',
    };
  });
}
