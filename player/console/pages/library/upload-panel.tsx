import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { AnswerError, fields, text } from '../../answers/answer-fields.ts';
import { type ApiProblem, ProblemNote, post, problemIn } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { TusUpload } from './tus-upload.ts';
import { libraryWords } from './words.ts';

type Item = {
  readonly file: File;
  readonly asset?: string;
  readonly tus?: TusUpload;
  readonly sentBytes: number;
  readonly state: 'going' | 'done' | 'failed';
  readonly problem?: ApiProblem;
  readonly reason?: string;
};

/** What all files that are taken are to have. */
export type WantedOfAll = { readonly category?: number; readonly templateGroup?: string };

/** Takes files that are dropped or chosen, and uploads them one after another. */
export function UploadPanel(props: {
  readonly wanted: WantedOfAll;
  readonly onDone: () => void;
  readonly children?: ComponentChildren;
}): VNode {
  const { wanted, onDone } = props;
  const words = libraryWords();
  const items = useSignal<readonly Item[]>([]);
  const isOver = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const take = async (files: FileList | null | undefined) => {
    for (const file of [...(files ?? [])]) await uploadOne(file, wanted, items, onDone);
  };
  return (
    <section
      class={`upload-panel ${isOver.value ? 'is-over' : ''}`}
      aria-label={words.upload}
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        void take(event.dataTransfer?.files);
      }}
    >
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
        onChange={({ currentTarget }) => void take(currentTarget.files)}
      />
      {props.children}
      <ul>
        {items.value.map((item) => (
          <UploadItem key={`${item.file.name} ${item.file.lastModified}`} item={item} items={items} onDone={onDone} />
        ))}
      </ul>
    </section>
  );
}

function UploadItem(props: {
  readonly item: Item;
  readonly items: Signal<readonly Item[]>;
  readonly onDone: () => void;
}): VNode {
  const words = libraryWords();
  const { file, asset, tus, sentBytes, state, problem, reason } = props.item;
  return (
    <li>
      <span class="upload-name">
        {asset === undefined ? file.name : <a href={hrefOf('library/:id', asset)}>{file.name}</a>}
      </span>
      {state === 'done' ? (
        <span>{words.uploaded}</span>
      ) : (
        <progress value={sentBytes} max={Math.max(1, file.size)} aria-label={words.uploading(file.name)} />
      )}
      {state === 'going' && tus && (
        <button type="button" class="plain" onClick={() => tus.stop()}>
          {words.stop}
        </button>
      )}
      {state === 'failed' && tus && (
        <button type="button" class="plain" onClick={() => void send(file, tus, props.items, props.onDone)}>
          {words.resume}
        </button>
      )}
      {state === 'failed' && <small role="alert">{reason ?? (problem ? '' : words.failed)}</small>}
      <ProblemNote problem={problem} />
    </li>
  );
}

async function uploadOne(
  file: File,
  wanted: WantedOfAll,
  items: Signal<readonly Item[]>,
  onDone: () => void,
): Promise<void> {
  items.value = [...items.value.filter((item) => item.file !== file), { file, sentBytes: 0, state: 'going' }];
  const answer = await post('/uploads', {
    ...{ title: file.name, fileName: file.name, kind: kindOf(file.type), sizeBytes: file.size },
    ...(file.type === '' ? {} : { contentType: file.type }),
    ...wanted,
  });
  if (!('value' in answer)) return change(items, file, { state: 'failed', ...problemOf(problemIn(answer)) });
  const { upload, access } = fields(answer.value);
  const { url, token } = fields(fields(access).tus);
  const [where, by, asset] = [text(url), text(token), text(fields(upload).asset)];
  if (where === undefined || by === undefined) throw new AnswerError('the answer does not say where to upload');
  const tus = new TusUpload(file, { url: where, token: by }, (sentBytes) => change(items, file, { sentBytes }));
  change(items, file, { tus, ...(asset === undefined ? {} : { asset }) });
  await send(file, tus, items, onDone);
}

async function send(file: File, tus: TusUpload, items: Signal<readonly Item[]>, onDone: () => void): Promise<void> {
  change(items, file, { state: 'going', reason: undefined });
  try {
    await tus.run();
    change(items, file, { state: 'done' });
    onDone();
  } catch (error) {
    const isStopped = error instanceof DOMException || !(error instanceof Error);
    change(items, file, { state: 'failed', ...(isStopped ? {} : { reason: error.message }) });
  }
}

function change(
  items: Signal<readonly Item[]>,
  file: File,
  to: { readonly [Name in keyof Item]?: Item[Name] | undefined },
): void {
  items.value = items.value.map((item) => (item.file === file ? ({ ...item, ...to } as Item) : item));
}

const problemOf = (problem: ApiProblem | undefined) => (problem ? { problem } : {});

function kindOf(type: string): string {
  const [first = ''] = type.split('/');
  return ['audio', 'image'].includes(first) ? first : 'video';
}
