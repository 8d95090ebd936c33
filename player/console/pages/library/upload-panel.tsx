import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatBytes } from '../../../wording/index.ts';
import { ProblemNote } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { forgetDone, goOn, takeFiles, type Upload, uploads, type WantedOfAll } from './uploads.ts';
import { useDroppedFiles } from './use-dropped-files.ts';
import { libraryWords } from './words.ts';

/** Takes files that are dropped anywhere on the page, or chosen, and shows how far they are. */
export function UploadPanel(props: { readonly wanted: WantedOfAll; readonly children?: ComponentChildren }): VNode {
  const { wanted } = props;
  const words = libraryWords();
  const input = useRef<HTMLInputElement>(null);
  const isOver = useSignal(false);
  useDroppedFiles(isOver, (files) => takeFiles(files, wanted));
  useEffect(() => forgetDone, []);
  return (
    <section class="upload-panel" aria-label={words.upload}>
      <p>{words.drop}</p>
      <button type="button" class="outline" onClick={() => input.current?.click()}>
        {words.choose}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={words.choose}
        onChange={({ currentTarget }) => {
          takeFiles(currentTarget.files ?? [], wanted);
          // The same file may be chosen once more.
          currentTarget.value = '';
        }}
      />
      {props.children}
      <ul>
        {uploads.value.map((each, index) => (
          <UploadItem key={index} upload={each} />
        ))}
      </ul>
      {isOver.value && <div class="drop-cover">{words.dropNow}</div>}
    </section>
  );
}

function UploadItem({ upload }: { readonly upload: Upload }): VNode {
  const words = libraryWords();
  const { file, state, asset, tus, sentBytes, problem, reason, unreachable } = upload;
  return (
    <li>
      <span class="upload-name">
        {asset === undefined ? file.name : <a href={hrefOf('library/:id', asset)}>{file.name}</a>}
      </span>
      {state === 'waiting' && <span>{words.waiting}</span>}
      {state === 'done' && <span>{words.uploaded}</span>}
      {(state === 'going' || state === 'failed') && (
        <>
          <progress value={sentBytes} max={Math.max(1, file.size)} aria-label={words.uploading(file.name)} />
          <span class="upload-sent">{words.sent(formatBytes(sentBytes), formatBytes(file.size))}</span>
        </>
      )}
      {state === 'going' && tus && (
        <button type="button" class="plain" onClick={() => tus.stop()}>
          {words.stop}
        </button>
      )}
      {state === 'failed' && tus && (
        <button type="button" class="plain" onClick={() => void goOn(upload)}>
          {words.resume}
        </button>
      )}
      {state === 'failed' && !problem && (
        <small role="alert">
          {unreachable === undefined ? (reason ?? words.failed) : words.unreachable(new URL(unreachable).origin)}
        </small>
      )}
      <ProblemNote problem={problem} />
    </li>
  );
}
