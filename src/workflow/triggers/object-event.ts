import { posix } from 'node:path';
import type { JsonObject } from '../../jobs/index.ts';
import type { MediaPlace } from '../../media/index.ts';

/** Something that sets off a trigger: a content of an object, or of a file. */
export type ObjectEvent = {
  /** Its name in the storage, or below the folder. */
  readonly object: string;
  readonly source: MediaPlace;
  /** Changes with the content: size and time, or a checksum. */
  readonly content: string;
  readonly sizeBytes: number;
  readonly name: string;
};

/** What `${event...}` leads to in a trigger's input. */
export function eventScope({ object, source, sizeBytes, name }: ObjectEvent): JsonObject {
  const extension = posix.extname(object);
  const folder = posix.dirname(object);
  return {
    ...{ name, object, source, sizeBytes },
    folder: folder === '.' ? '' : `${folder}/`,
    fileName: posix.basename(object),
    stem: posix.basename(object, extension),
    extension: extension.slice(1),
  };
}
