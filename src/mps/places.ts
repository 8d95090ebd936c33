import type { MediaPlace, MediaTarget } from '../media/index.ts';
import { type Fields, refused } from '../media/index.ts';
import { checkObjectName } from '../storage/index.ts';

/** An object as MPS names it: the bucket is a storage, the region is told back; keys may come URL-encoded. */
export function targetOf(fields: Fields, key = 'Object'): MediaTarget {
  fields.raw('Location');
  const storage = fields.text('Bucket');
  if (storage === undefined) {
    throw refused(fields.name('Bucket'), 'is missing', 'Name a storage of the configuration.');
  }
  return { storage, object: objectOf(fields, key) };
}

/** The same, of an input; `RoleArn` and the like have no meaning where all storages are the operator's own. */
export function inputOf(fields: Fields): MediaPlace {
  for (const name of ['RoleArn', 'Referer', 'Audio', 'Container', 'StartTime']) fields.raw(name);
  const place = targetOf(fields);
  fields.end();
  return place;
}

export function objectOf(fields: Fields, key: string): string {
  const given = fields.text(key);
  if (given === undefined) throw refused(fields.name(key), 'is missing', 'Name the object.');
  const object = decoded(given);
  try {
    // Variables are filled in later, and are no part of a name yet.
    checkObjectName(object.replace(/[{}]/g, ''));
  } catch (error) {
    throw refused(fields.name(key), `is no name of an object: ${(error as Error).message}`, 'Correct it.');
  }
  return object;
}

/** `http://bucket.endpoint/key` as MPS names what is to be merged, or any address. */
export function addressedOf(url: string, isStorage: (name: string) => boolean): MediaPlace {
  const parsed = URL.parse(url);
  const bucket = parsed?.hostname.split('.')[0];
  const isOss = parsed !== null && /\boss\b|\boss-/.test(parsed.hostname);
  if (parsed === null || bucket === undefined || !isOss || !isStorage(bucket)) return { url };
  return { storage: bucket, object: decoded(parsed.pathname.slice(1)) };
}

/** An object as VOD names it: `storage/object` as our own answers have it, an address of a bucket, or any address. */
export function placeOfFile(url: string, isStorage: (name: string) => boolean): MediaPlace {
  if (URL.canParse(url)) return addressedOf(url, isStorage);
  const cut = url.indexOf('/');
  const [storage, object] = [url.slice(0, cut), decoded(url.slice(cut + 1))];
  if (cut > 0 && object !== '' && isStorage(storage)) return { storage, object };
  throw refused('FileUrl', `${JSON.stringify(url)} names no object`, 'Write storage/object, or an address.');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
