import { basename, extname } from 'node:path';
import type { StepAction, StepRun } from '../../jobs/index.ts';
import type { Storages } from '../../storage/index.ts';
import { type Asset, type AssetFile, type Library, LibraryError } from '../index.ts';
import { NO_TRANSCODE_GROUP } from './ladder.ts';

type Options = { readonly library: Library; readonly storages: Pick<Storages, 'get'> };
type Asked = {
  readonly storage: string;
  readonly object: string;
  /** The asset that it is; left empty, the one that has the object, or a new one. */
  readonly asset?: string;
  readonly isPublished: boolean;
};

/** `asset-report`: what the steps before it made of an object becomes renditions and pictures of the asset that has it. */
export function reportAction(options: Options): StepAction {
  return { name: 'asset-report', run: (run) => report(options, run) };
}

async function report(options: Options, run: StepRun) {
  const { library } = options;
  const { isPublished, ...asked } = run.input as unknown as Asked;
  const { id } = await assetOf(options, asked, run);
  let files = 0;
  for (const file of [...run.before.values()].flatMap(filesIn)) {
    await library.addFile({ ...file, asset: id, job: run.job.id });
    files++;
  }
  await library.update(id, { publication: isPublished ? 'published' : 'draft' });
  run.log(`${files} files are the asset's`);
  return { output: { asset: id, files } };
}

async function assetOf(
  { library, storages }: Options,
  { storage, object, asset }: Omit<Asked, 'isPublished'>,
  run: StepRun,
): Promise<Asset> {
  if (asset) return ownerOf(library, asset, { storage, object });
  const known = await library.findByObject(storage, object);
  if (known) return library.get(known.asset);
  const found = await storages.get(storage).head(object, run.signal);
  if (!found) throw new LibraryError('OBJECT_NOT_FOUND', `there is no ${object} in ${storage}`, 'Upload it again.');
  const { submitter: uploadedBy } = run.job;
  const made = await library.create({
    ...{ kind: 'video', title: basename(object), storage, uploadedBy, templateGroup: NO_TRANSCODE_GROUP },
  });
  await library.uploaded(made.id, { storage, object, sizeBytes: found.sizeBytes, sha256: found.sha256 });
  return made;
}

/** Who may read the object may say what was made of it; what is said of other assets is none of his business. */
async function ownerOf(library: Library, id: string, of: Pick<Asked, 'storage' | 'object'>): Promise<Asset> {
  const files = await library.files(id);
  if (files.some(({ storage, object }) => storage === of.storage && object === of.object)) return library.get(id);
  throw new LibraryError('OBJECT_NOT_FOUND', `${of.object} is no file of that asset`, 'Add the media again.');
}

type Made = Omit<AssetFile, 'id' | 'asset' | 'createdAtMs' | 'job'>;

const FACTS = ['durationSeconds', 'width', 'height', 'fps', 'bitsPerSecond', 'sha256'] as const;

/** What a step of transcoding or of taking pictures gave back. */
function filesIn(output: Readonly<Record<string, unknown>>): Made[] {
  const {
    storage,
    object,
    format,
    sizeBytes = 0,
    pictures = [],
  } = output as {
    readonly [Name in 'storage' | 'object' | 'format']?: string;
  } & { readonly sizeBytes?: number; readonly pictures?: readonly { object: string; sizeBytes: number }[] };
  if (storage === undefined) return [];
  const taken = pictures.map((each) => {
    return { role: 'snapshot', storage, format: extname(each.object).slice(1), ...pick(each) } as const;
  });
  if (object === undefined || format === undefined) return taken;
  const facts = Object.fromEntries(FACTS.flatMap((name) => (output[name] === undefined ? [] : [[name, output[name]]])));
  return [{ role: 'rendition', storage, object, format, sizeBytes, ...facts }, ...taken];
}

const pick = ({ object, sizeBytes }: { readonly object: string; readonly sizeBytes: number }) => ({
  object,
  sizeBytes,
});
