import { randomBytes } from 'node:crypto';
import { MediaError } from '../ffmpeg/index.ts';
import type { MediaWatermark, SubtitleSource } from '../media/index.ts';
import { type AssetWatermark, type GroupMember, placeOfFile, type TemplateShelf } from '../mps/index.ts';
import {
  ADAPTIVE_GROUP,
  ADAPTIVE_MP4_GROUP,
  adaptiveLadder,
  adaptiveMp4Ladder,
  NO_TRANSCODE_GROUP,
  type OwnParts,
  type Rung,
  type RungsOf,
} from '../vod/processing/index.ts';

type Shelf = Pick<TemplateShelf, 'group' | 'assetWatermark'>;

/** Which renditions a group of templates makes: one that comes with the server, or one of the operator's. */
export function rungsOf(templates: Shelf, isStorage: (name: string) => boolean): RungsOf {
  return async (group, source, own = {}) => {
    if (group === NO_TRANSCODE_GROUP) return [];
    if (group === ADAPTIVE_GROUP) return adaptiveLadder(source);
    if (group === ADAPTIVE_MP4_GROUP) return adaptiveMp4Ladder(source);
    const members = await templates.group(group);
    if (members === undefined) return group === undefined ? adaptiveLadder(source) : undefined;
    // What lists all qualities is always made, of those that are HLS.
    const wanted = members.filter(({ definition, isCaptions }) => definition !== 'AUTO' && !isCaptions);
    const around = { templates, isStorage, own };
    const rungs = await Promise.all(wanted.map((member, index) => memberRung(around, member, index, wanted)));
    return withCaptions(rungs, members, around);
  };
}

type Around = {
  readonly templates: Shelf;
  readonly isStorage: (name: string) => boolean;
  readonly own: OwnParts;
};

async function memberRung(
  { templates, isStorage, own }: Around,
  member: GroupMember,
  index: number,
  all: readonly GroupMember[],
): Promise<Rung> {
  const marks = await marksOf(templates, member, isStorage, own.watermarks ?? []);
  return {
    ...rungOf(member, index, all),
    ...(marks.length > 0 && { watermarks: marks }),
    ...drawnSubtitles(member, isStorage, own),
    ...encryptionOf(member, nameOf(member, index, all), own.encryption),
  };
}

function rungOf(member: GroupMember, index: number, all: readonly GroupMember[]): Rung {
  const { definition, template, templateId, id = templateId ?? '', clip, rotate, peakBitsPerSecond } = member;
  if (template === undefined) throw unfit(`there is no template ${templateId}`, 'Make the template first');
  return {
    ...{ definition, template, templateId: id, name: nameOf(member, index, all) },
    ...(clip && { clip }),
    ...(rotate !== undefined && { rotate }),
    ...(peakBitsPerSecond !== undefined && { peakBitsPerSecond }),
    ...packageOf(member, template.container),
  };
}

/** HLS is listed together in any case. */
function packageOf({ package: kind, definition }: GroupMember, container: string): Pick<Rung, 'package'> {
  if (kind === undefined) return {};
  const wanted = kind === 'dash' ? 'mpd' : 'm3u8';
  if (container !== wanted) {
    throw unfit(
      `${definition} is packaged as ${wanted}, and its template makes ${container}`,
      `Write ${wanted} in its Container`,
    );
  }
  return kind === 'dash' ? { package: 'dash' } : {};
}

function nameOf({ definition }: GroupMember, index: number, all: readonly GroupMember[]): string {
  const isAlone = all.filter((each) => each.definition === definition).length === 1;
  return isAlone ? definition.toLowerCase() : `${definition.toLowerCase()}-${index + 1}`;
}

/** Stands for the default watermark, whichever that is. */
const USUAL_WATERMARK = 'USER_DEFAULT_WATERMARK';

/** The watermarks of a member, with another image or text where the job says so. */
async function marksOf(
  templates: Shelf,
  { watermarkIds, definition }: GroupMember,
  isStorage: (name: string) => boolean,
  own: NonNullable<OwnParts['watermarks']>,
): Promise<MediaWatermark[]> {
  const marks = watermarkIds.map(async (id) => {
    const found = await templates.assetWatermark(id === USUAL_WATERMARK ? undefined : id);
    const change = own.find((each) => each.id === id);
    if (found) return [drawn(found, isStorage, change)];
    // There need be no default.
    if (id === USUAL_WATERMARK) return [];
    throw unfit(`${definition} has the watermark ${id}, which there is not`, 'Add it, or leave it out');
  });
  return (await Promise.all(marks)).flat();
}

function drawn(
  watermark: AssetWatermark,
  isStorage: (name: string) => boolean,
  own?: NonNullable<OwnParts['watermarks']>[number],
): MediaWatermark {
  if (!('fileUrl' in watermark))
    return own?.text === undefined ? watermark.mark : { ...watermark.mark, text: own.text };
  return { ...watermark.mark, image: placeOfFile(own?.fileUrl ?? watermark.fileUrl, isStorage) };
}

function drawnSubtitles(
  { subtitles = [] }: GroupMember,
  isStorage: (name: string) => boolean,
  { subtitles: own }: OwnParts,
): Pick<Rung, 'burnedSubtitles'> {
  const [first] = subtitles;
  return first ? { burnedSubtitles: subtitleOf(own?.[0] ?? first, isStorage) } : {};
}

/** Captions are of all renditions, so they are written once, beside the first that has a file of its own. */
function withCaptions(
  rungs: readonly Rung[],
  members: readonly GroupMember[],
  { isStorage, own }: Around,
): readonly Rung[] {
  const listed = members.filter(({ isCaptions }) => isCaptions).flatMap(({ subtitles = [] }) => subtitles);
  if (rungs.length === 0 || listed.length === 0) return rungs;
  const bearer = rungs.find((rung) => rung.package === undefined);
  if (bearer === undefined) throw unfit('its captions have no output to go with', 'Add one that is not in DASHPackage');
  const subtitles = (own.subtitles ?? listed).map((each) => subtitleOf(each, isStorage));
  return rungs.map((rung) => (rung === bearer ? { ...rung, subtitles } : rung));
}

function subtitleOf(
  { fileUrl, language }: { readonly fileUrl: string; readonly language?: string },
  isStorage: (name: string) => boolean,
): SubtitleSource {
  return { place: placeOfFile(fileUrl, isStorage), ...(language !== undefined && { language }) };
}

/** A key of the job's own, unless whoever asked keeps it and gives it to players. */
function encryptionOf(
  { isEncrypted, template, definition }: GroupMember,
  name: string,
  own: OwnParts['encryption'],
): Pick<Rung, 'encryption'> {
  if (!isEncrypted) return {};
  if (template?.container !== 'm3u8') {
    throw unfit(`${definition} is to be encrypted, which only m3u8 can be`, 'Leave EncryptSetting out');
  }
  return { encryption: own ?? { hexKey: randomBytes(16).toString('hex'), keyUri: `${name}/segments.key` } };
}

function unfit(problem: string, remedy: string): MediaError {
  return new MediaError(
    'TEMPLATE_GROUP_UNFIT',
    `the asset's group cannot be made: ${problem}`,
    `${remedy}, and process it again.`,
  );
}
