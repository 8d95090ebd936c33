import type { VNode } from 'preact';
import { announce, ConfirmDialog, isMissing, problemIn, remove } from '../kit/index.ts';
import { nameWords, type StreamId, streamPath } from './stream-id.ts';
import { actionWords } from './words.ts';

/** Asks before a publisher is sent away. */
export function KickDialog(props: {
  readonly stream: StreamId;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = actionWords();
  const name = nameWords(props.stream);
  const kick = async () => {
    const problem = problemIn(await remove(streamPath(props.stream)));
    if (problem && !isMissing(problem)) return problem;
    announce(words.kicked(name));
    props.onDone();
    return undefined;
  };
  return (
    <ConfirmDialog
      title={words.kickTitle(name)}
      confirm={words.kick}
      isDangerous
      onConfirm={kick}
      onClose={props.onClose}
    >
      <p>{words.kickHint}</p>
    </ConfirmDialog>
  );
}
