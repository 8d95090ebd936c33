import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { announce, ConfirmDialog, localInputOf, post, problemIn, TextField } from '../kit/index.ts';
import { nameWords, type StreamId } from './stream-id.ts';
import { actionWords } from './words.ts';

const HOUR_MS = 3_600_000;

/** Keeps publishers away until a time. */
export function BlockDialog(props: {
  readonly stream: StreamId;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = actionWords();
  const { domain, app, name } = props.stream;
  const until = useSignal(localInputOf(Date.now() + HOUR_MS));
  const reason = useSignal('');
  const block = async () => {
    const problem = problemIn(
      await post('/blocks', {
        ...{ domain, app, stream: name },
        ...(until.value !== '' && { until: new Date(until.value).toISOString() }),
        ...(reason.value !== '' && { reason: reason.value }),
      }),
    );
    if (problem) return problem;
    announce(words.blocked(nameWords(props.stream)));
    props.onDone();
    return undefined;
  };
  return (
    <ConfirmDialog
      title={words.blockTitle(nameWords(props.stream))}
      confirm={words.block}
      isDangerous
      onConfirm={block}
      onClose={props.onClose}
    >
      <p>{words.blockHint}</p>
      <TextField label={words.until} value={until} type="datetime-local" />
      <TextField label={words.reason} hint={words.reasonHint} value={reason} />
    </ConfirmDialog>
  );
}
