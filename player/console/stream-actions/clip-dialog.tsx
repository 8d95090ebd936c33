import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { announce, CheckField, ConfirmDialog, post, problemIn, TextField } from '../kit/index.ts';
import { type StreamId, streamPath } from './stream-id.ts';
import { actionWords } from './words.ts';

/** Makes a clip of the last seconds of what is kept of a stream. */
export function ClipDialog(props: {
  readonly stream: StreamId;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = actionWords();
  const seconds = useSignal('30');
  const title = useSignal('');
  const isExact = useSignal(true);
  const make = async () => {
    const answer = await post(`${streamPath(props.stream)}/clips`, {
      seconds: Number(seconds.value),
      exact: isExact.value,
      ...(title.value !== '' && { title: title.value }),
    });
    if ('problem' in answer) return problemIn(answer);
    announce(words.clipMade);
    props.onDone();
    return undefined;
  };
  return (
    <ConfirmDialog title={words.clipTitle} confirm={words.clipMake} onConfirm={make} onClose={props.onClose}>
      <TextField label={words.clipLast} value={seconds} type="number" min={1} max={3600} />
      <TextField label={words.clipName} value={title} />
      <CheckField label={words.clipExact} hint={words.clipExactHint} value={isExact} />
    </ConfirmDialog>
  );
}
