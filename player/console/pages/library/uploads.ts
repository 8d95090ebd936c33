import { computed, effect, signal } from '@preact/signals';
import { AnswerError, fields, text } from '../../answers/answer-fields.ts';
import { type ApiProblem, post, problemIn } from '../../kit/index.ts';
import { TusUpload, UnreachableError } from './tus-upload.ts';

/** A file that was taken, and how far it is. */
export type Upload = {
  readonly file: File;
  readonly state: 'waiting' | 'going' | 'done' | 'failed';
  readonly sentBytes: number;
  readonly asset?: string;
  readonly tus?: TusUpload;
  readonly problem?: ApiProblem;
  /** The server's own words. */
  readonly reason?: string;
  /** The door that did not answer. */
  readonly unreachable?: string;
};

/** What all files that are taken together are to have. */
export type WantedOfAll = { readonly category?: number; readonly templateGroup?: string };

/** What was taken since the console was loaded; it goes on while other pages are looked at. */
export const uploads = signal<readonly Upload[]>([]);

export const uploadedCount = computed(() => uploads.value.filter(({ state }) => state === 'done').length);

const isUnderWay = computed(() => uploads.value.some(({ state }) => state === 'waiting' || state === 'going'));

/** Whoever closes the page meanwhile is asked whether that is meant. */
effect(() => {
  if (!isUnderWay.value) return undefined;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  window.addEventListener('beforeunload', ask);
  return () => window.removeEventListener('beforeunload', ask);
});

let last = Promise.resolve();

/** Uploads files one after another, behind those that were taken before. */
export function takeFiles(files: Iterable<File>, wanted: WantedOfAll): void {
  for (const file of files) {
    uploads.value = [...uploads.value, { file, state: 'waiting', sentBytes: 0 }];
    last = last.then(() => uploadOne(file, wanted));
  }
}

/** Goes on with what failed or was stopped. */
export async function goOn({ file, tus }: Upload): Promise<void> {
  if (tus) await send(file, tus);
}

/** Takes what is there off the list. */
export function forgetDone(): void {
  uploads.value = uploads.value.filter(({ state }) => state !== 'done');
}

async function uploadOne(file: File, wanted: WantedOfAll): Promise<void> {
  change(file, { state: 'going' });
  const answer = await post('/uploads', {
    ...{ title: file.name, fileName: file.name, kind: kindOf(file.type), sizeBytes: file.size },
    ...(file.type === '' ? {} : { contentType: file.type }),
    ...wanted,
  });
  const problem = problemIn(answer);
  if (problem || !('value' in answer)) return change(file, { state: 'failed', problem });
  const { upload, access } = fields(answer.value);
  const { url, token } = fields(fields(access).tus);
  const [where, by, asset] = [text(url), text(token), text(fields(upload).asset)];
  if (where === undefined || by === undefined) throw new AnswerError('the answer does not say where to upload');
  const tus = new TusUpload(file, { url: where, token: by }, (sentBytes) => change(file, { sentBytes }));
  change(file, { tus, ...(asset === undefined ? {} : { asset }) });
  await send(file, tus);
}

async function send(file: File, tus: TusUpload): Promise<void> {
  change(file, { state: 'going', reason: undefined, unreachable: undefined });
  try {
    await tus.run();
    change(file, { state: 'done' });
  } catch (error) {
    change(file, { state: 'failed', ...whyOf(error) });
  }
}

/** Whoever stopped it knows why. */
function whyOf(error: unknown): Pick<Upload, 'reason' | 'unreachable'> {
  if (error instanceof UnreachableError) return { unreachable: error.url };
  return error instanceof Error && !(error instanceof DOMException) ? { reason: error.message } : {};
}

function change(file: File, to: { readonly [Name in keyof Upload]?: Upload[Name] | undefined }): void {
  uploads.value = uploads.value.map((each) => (each.file === file ? ({ ...each, ...to } as Upload) : each));
}

function kindOf(type: string): string {
  const [first = ''] = type.split('/');
  return ['audio', 'image'].includes(first) ? first : 'video';
}
