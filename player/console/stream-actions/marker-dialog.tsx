import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { announce, ConfirmDialog, post, problemIn, TextField } from '../kit/index.ts';
import { type StreamId, streamPath } from './stream-id.ts';
import { actionWords } from './words.ts';

/** Marks the moment in which it was opened. */
export function MarkerDialog(props: {
  readonly stream: StreamId;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = actionWords();
  const atMs = useMemo(() => Date.now(), []);
  const name = useSignal('');
  const mark = async () => {
    const problem = problemIn(await post(`${streamPath(props.stream)}/markers`, { name: name.value, atMs }));
    if (problem) return problem;
    announce(words.markerSet);
    props.onDone();
    return undefined;
  };
  return (
    <ConfirmDialog title={words.markerTitle} confirm={words.markerTitle} onConfirm={mark} onClose={props.onClose}>
      <TextField label={words.markerName} hint={words.markerHint} value={name} />
    </ConfirmDialog>
  );
}
