import { MalformedError } from '../bytes/index.ts';
import { AttributeList } from './attribute-list.ts';
import { clip, parseInteger } from './decimal.ts';
import { type Mutable, playlistLines, splitTag } from './lines.ts';
import type { MediaRendition, MultivariantPlaylist, Variant } from './multivariant-playlist.ts';

const MAX_ENTRIES = 1000;

/** Reads a multivariant playlist; tags and attributes it does not know are passed over. Throws MalformedError. */
export function parseMultivariantPlaylist(text: string): MultivariantPlaylist {
  const variants: Variant[] = [];
  const renditions: MediaRendition[] = [];
  const playlist: Mutable<MultivariantPlaylist> = { version: 1, variants };
  let open: Omit<Variant, 'uri'> | undefined;
  for (const line of playlistLines(text)) {
    const { tag, value } = splitTag(line);
    if (!line.startsWith('#')) {
      if (open === undefined) throw new MalformedError('BAD_VALUE', 'URI', `"${clip(line)}" has no EXT-X-STREAM-INF`);
      variants.push({ ...open, uri: line });
      open = undefined;
    } else if (tag === 'EXT-X-VERSION') playlist.version = parseInteger(value, tag);
    else if (tag === 'EXT-X-INDEPENDENT-SEGMENTS') playlist.hasIndependentSegments = true;
    else if (tag === 'EXT-X-STREAM-INF') open = parseStreamInf(value);
    else if (tag === 'EXT-X-MEDIA') pushRendition(renditions, value);
    if (variants.length + renditions.length > MAX_ENTRIES) {
      throw new MalformedError('TOO_MANY', 'playlist', 'more than 1000 variants and renditions');
    }
  }
  if (open !== undefined) throw new MalformedError('BAD_VALUE', 'EXT-X-STREAM-INF', 'no URI follows');
  if (renditions.length > 0) playlist.renditions = renditions;
  return playlist;
}

function parseStreamInf(value: string): Omit<Variant, 'uri'> {
  const list = new AttributeList(value, 'EXT-X-STREAM-INF');
  const averageBandwidth = list.integer('AVERAGE-BANDWIDTH');
  const score = list.decimal('SCORE');
  const stableId = list.quoted('STABLE-VARIANT-ID');
  const codecs = list.quoted('CODECS')?.split(',');
  const resolution = list.resolution('RESOLUTION');
  const frameRate = list.decimal('FRAME-RATE');
  return {
    bandwidth: list.required('BANDWIDTH', list.integer('BANDWIDTH')),
    ...(averageBandwidth !== undefined && { averageBandwidth }),
    ...(score !== undefined && { score }),
    ...(stableId !== undefined && { stableId }),
    ...(codecs && { codecs: codecs.map((codec) => codec.trim()) }),
    ...(resolution && { resolution }),
    ...(frameRate !== undefined && { frameRate }),
    ...parseGroups(list),
    ...(list.plain('CLOSED-CAPTIONS') === 'NONE' && { hasNoCaptions: true }),
  };
}

function parseGroups(list: AttributeList): Pick<Variant, 'audio' | 'video' | 'subtitles'> {
  const audio = list.quoted('AUDIO');
  const video = list.quoted('VIDEO');
  const subtitles = list.quoted('SUBTITLES');
  return {
    ...(audio !== undefined && { audio }),
    ...(video !== undefined && { video }),
    ...(subtitles !== undefined && { subtitles }),
  };
}

/** Closed captions are passed over: they lie in the video and have no playlist. */
function pushRendition(renditions: MediaRendition[], value: string): void {
  const list = new AttributeList(value, 'EXT-X-MEDIA');
  const type = list.required('TYPE', list.plain('TYPE'));
  if (type !== 'AUDIO' && type !== 'VIDEO' && type !== 'SUBTITLES') return;
  const uri = list.quoted('URI');
  const language = list.quoted('LANGUAGE');
  const channels = list.quoted('CHANNELS');
  renditions.push({
    type,
    groupId: list.required('GROUP-ID', list.quoted('GROUP-ID')),
    name: list.required('NAME', list.quoted('NAME')),
    ...(language !== undefined && { language }),
    ...(list.isYes('DEFAULT') && { isDefault: true }),
    ...(list.isYes('AUTOSELECT') && { isAutoselect: true }),
    ...(channels !== undefined && { channels }),
    ...(uri !== undefined && { uri }),
  });
}
