import type { JsonObject, StepRun } from '../../jobs/index.ts';
import type { MediaTools, TranscodeOutput } from '../../media/index.ts';
import type { Storages } from '../../storage/index.ts';
import { type Asset, type AssetFile, folderOfAsset, type Library } from '../index.ts';
import type { Rung } from './ladder.ts';
import { type ListedRendition, masterPlaylist } from './master-playlist.ts';
import type { NumberedRung } from './rung-order.ts';

/** The steps that make renditions: one of them first, then the others in one decoding, and those of one manifest. */
export const FIRST_RUNG = 'first-rung';
export const TRANSCODE = 'transcode';
export const DASH = 'dash';

type Around = {
  readonly library: Library;
  readonly storages: Pick<Storages, 'get'>;
  readonly tools: Pick<MediaTools, 'transcodeAll' | 'adaptive'>;
};

type Asked = {
  readonly asset: string;
  readonly storage: string;
  readonly object: string;
  readonly rungs: readonly NumberedRung[];
  readonly package?: 'dash';
};

/** What a step gives to the one that lists them. */
type Made = ListedRendition & { readonly format: string; readonly isEncrypted?: boolean };

/** Makes renditions of one original; each plays from then on. */
export async function makeRenditions({ library, tools }: Pick<Around, 'library' | 'tools'>, run: StepRun) {
  const asked = run.input as unknown as Asked;
  const { asset: id, rungs } = asked;
  const asset = await library.get(id);
  if (asked.package === 'dash') return makeDash({ library, tools }, asset, asked, run);
  const tasks = rungs.map((rung) => ({
    ...{ ...taskOf(asked, rung), onCollision: 'overwrite' as const },
    output: { storage: asset.storage, object: `${folderOfAsset(id)}${rung.name}.${rung.template.container}` },
  }));
  const outputs = await tools.transcodeAll(tasks, { ...run, seed: run.job.id });
  const made: Made[] = [];
  for (const [index, output] of outputs.entries()) {
    const rung = rungs[index];
    if (rung === undefined) continue;
    await library.addFile({ ...renditionOf(id, run.job.id, rung, output), jobOutput: rung.number });
    for (const { object: captions } of output.subtitles ?? []) {
      const file = { asset: id, job: run.job.id, role: 'captions', storage: output.storage } as const;
      await library.addFile({ ...file, object: captions, format: 'vtt', sizeBytes: 0 });
    }
    for (const note of output.notes) run.log(`${rung.definition}: ${note}`);
    made.push(listed(rung, output));
  }
  return { output: { renditions: made as unknown as JsonObject[] } };
}

/** One manifest of several renditions, between which players change; they have no files of their own. */
async function makeDash(
  { library, tools }: Pick<Around, 'library' | 'tools'>,
  asset: Asset,
  asked: Asked,
  run: StepRun,
) {
  const [first] = asked.rungs;
  if (first === undefined) return { output: {} };
  const { segmentSeconds } = first.template;
  const task = {
    ...{ format: 'mpd' as const, onCollision: 'overwrite' as const, ...(segmentSeconds && { segmentSeconds }) },
    output: { storage: asset.storage, object: `${folderOfAsset(asset.id)}dash.mpd` },
  };
  const tasks = asked.rungs.map((rung) => taskOf(asked, rung));
  const { storage, object, format, sizeBytes, sha256, durationSeconds } = await tools.adaptive(tasks, task, {
    ...run,
    seed: run.job.id,
  });
  await library.addFile({
    ...{ asset: asset.id, job: run.job.id, role: 'rendition', storage, object, format, sizeBytes, sha256 },
    ...{ definition: 'AUTO', jobOutput: first.number },
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
  });
  return { output: { object } };
}

/** How a rung is encoded of its original. */
function taskOf({ storage, object }: Asked, rung: NumberedRung) {
  const { name: _name, definition: _definition, templateId: _id, number: _number, ...rest } = rung;
  const { peakBitsPerSecond: _peak, package: _package, ...task } = rest;
  return { input: { storage, object }, ...task };
}

function listed(rung: Rung, output: TranscodeOutput): Made {
  const { object, width, height, fps, bitsPerSecond = 0, format, codecs } = output;
  const { peakBitsPerSecond = bitsPerSecond * 1.5 } = rung;
  return {
    ...{ object, format, bitsPerSecond, peakBitsPerSecond, ...(fps ? { fps } : {}) },
    ...(width && height ? { width, height } : {}),
    ...(codecs === undefined ? {} : { codecs }),
    ...(rung.encryption ? { isEncrypted: true } : {}),
  };
}

function renditionOf(
  asset: string,
  job: string,
  rung: Rung,
  output: TranscodeOutput,
): Omit<AssetFile, 'id' | 'createdAtMs'> {
  const { storage, object, format, sizeBytes, sha256, durationSeconds, width, height, fps, bitsPerSecond } = output;
  return {
    ...{ asset, job, role: 'rendition', storage, object, format, sizeBytes, sha256 },
    ...{ definition: rung.definition, template: rung.templateId },
    ...(rung.encryption ? { encryption: 'AES-128', hexKey: rung.encryption.hexKey } : {}),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(fps === undefined ? {} : { fps }),
    ...(bitsPerSecond === undefined ? {} : { bitsPerSecond }),
  };
}

/** Writes the playlist of all renditions that are HLS, where there are any. */
export async function writeMaster({ library, storages }: Pick<Around, 'library' | 'storages'>, run: StepRun) {
  const { asset: id, target } = run.input as { readonly asset: string; readonly target: string };
  const made = [FIRST_RUNG, TRANSCODE].flatMap(
    (step) => (run.before.get(step)?.renditions ?? []) as unknown as readonly Made[],
  );
  const lists = made.filter(({ format }) => format === 'm3u8');
  if (lists.length === 0) return { output: {} };
  const object = `${folderOfAsset(id)}auto.m3u8`;
  const bytes = Buffer.from(masterPlaylist(object, lists));
  const contentType = 'application/vnd.apple.mpegurl';
  const { sha256 } = await storages.get(target).put(object, { bytes }, { contentType, signal: run.signal });
  await library.addFile({
    ...{ asset: id, job: run.job.id, role: 'rendition', storage: target, object, format: 'm3u8', definition: 'AUTO' },
    ...{ sizeBytes: bytes.length, sha256 },
    ...(lists.some(({ isEncrypted }) => isEncrypted) ? { encryption: 'AES-128' } : {}),
  });
  return { output: { object } };
}
