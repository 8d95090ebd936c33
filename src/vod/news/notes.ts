import type { Job } from '../../jobs/index.ts';
import type { AssetNote, FileNote, JobNote, MediaFacts, PictureNote, RenditionNote } from '../../notify/index.ts';
import type { Asset, AssetFile } from '../index.ts';
import { pathOfFile } from '../play/index.ts';

/** An asset as its events name it. */
export function assetNote({ id, kind, title, referenceId, userData }: Asset): AssetNote {
  return {
    ...{ id, kind, title },
    ...(referenceId !== undefined && { referenceId }),
    ...(userData !== undefined && { userData }),
  };
}

export function fileNote(file: AssetFile): FileNote {
  const { storage, object, format, sizeBytes } = file;
  return { storage, object, path: pathOfFile(file), format, sizeBytes };
}

export function liveNote({ domain, app, stream, startedAtMs, endedAtMs }: NonNullable<Asset['live']>) {
  return { domain, app, stream, startedAt: iso(startedAtMs), endedAt: iso(endedAtMs) };
}

export function factsOf({ durationSeconds, width, height, fps, bitsPerSecond }: MediaFacts): MediaFacts {
  const facts = Object.entries({ durationSeconds, width, height, fps, bitsPerSecond });
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}

export function renditionNote(file: AssetFile): RenditionNote {
  const { definition = 'OD', job, encryption } = file;
  return {
    ...{ definition, ...fileNote(file), ...factsOf(file) },
    ...(job !== undefined && { job }),
    ...(encryption !== undefined && { encryption }),
  };
}

/** Pictures of one role as one; the names of several have their number at the end. */
export function pictureNotes(files: readonly AssetFile[]): readonly PictureNote[] {
  return (['cover', 'snapshot', 'sprite'] as const).flatMap((role) => {
    const ofRole = files.filter((file) => file.role === role).sort((a, b) => (a.object < b.object ? -1 : 1));
    const [first] = ofRole;
    if (first === undefined) return [];
    const counted = (name: string) => name.replace(/\d{5}(?=\.[a-z0-9]+$)/, '{Count}');
    const { storage, object } = first;
    return [{ role, count: ofRole.length, storage, object: counted(object), path: counted(pathOfFile(first)) }];
  });
}

export function jobNote(job: Job): JobNote {
  const { id, kind, pipeline, submitter, template, asset, userData, createdAtMs, startedAtMs, finishedAtMs } = job;
  return {
    ...{ id, kind, pipeline, submitter, createdAt: iso(createdAtMs) },
    ...(template !== undefined && { template }),
    ...(asset !== undefined && { asset }),
    ...(userData !== undefined && { userData }),
    ...(startedAtMs !== undefined && { startedAt: iso(startedAtMs) }),
    ...(finishedAtMs !== undefined && { finishedAt: iso(finishedAtMs) }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
