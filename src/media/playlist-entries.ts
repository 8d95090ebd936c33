import { MediaError } from '../ffmpeg/index.ts';

const MOST_ENTRIES = 20_000;
const MOST_CHARACTERS = 2_000_000;

/** What a playlist leads to, each below its own folder. Throws INPUT_FORBIDDEN for what leaves it. */
export function playlistEntries(text: string): readonly string[] {
  if (text.length > MOST_CHARACTERS) throw forbidden('is longer than any that is meant to be played');
  const entries = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      if (!line.startsWith('#')) return line.trim() === '' ? [] : [line.trim()];
      return [...line.matchAll(/\bURI=(?:"([^"]*)"|([^,\s]+))/gi)].map(([, quoted, bare]) => quoted ?? bare ?? '');
    });
  if (entries.length > MOST_ENTRIES) throw forbidden(`has more than ${MOST_ENTRIES} entries`);
  return [...new Set(entries.map(checked))];
}

export function isPlaylist(head: string): boolean {
  return /^\uFEFF?\s*#EXTM3U/.test(head);
}

/** The file that an entry leads to; one that is not encoded as it should be is taken as it is. */
export function fileNameOf(entry: string): string {
  try {
    return decodeURIComponent(entry);
  } catch {
    return entry;
  }
}

function checked(entry: string): string {
  for (const each of [entry, fileNameOf(entry)]) {
    if (/^[a-z][a-z0-9+.-]*[:,]/i.test(each)) throw forbidden(`leads to ${shown(entry)}, an address`);
    if (/^[/\\]|\\/.test(each)) throw forbidden(`leads to ${shown(entry)}, which is not beside it`);
    if (each.split('/').some((part) => part === '..' || part === '.')) {
      throw forbidden(`leads to ${shown(entry)}, out of its folder`);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    if (each === '' || /[\u0000-\u001f|]/.test(each)) throw forbidden('leads to a name that is none');
  }
  return entry;
}

function shown(entry: string): string {
  return JSON.stringify(entry.slice(0, 100));
}

export function forbidden(what: string): MediaError {
  const remedy = 'A playlist may lead only to files beside it or in folders below; give its media in one file.';
  return new MediaError('INPUT_FORBIDDEN', `the playlist ${what}`, remedy);
}
