import { MediaError } from '../ffmpeg/index.ts';
import type { GroupMember, TemplateShelf } from '../mps/index.ts';
import {
  ADAPTIVE_GROUP,
  adaptiveLadder,
  NO_TRANSCODE_GROUP,
  type Rung,
  type RungsOf,
} from '../vod/processing/index.ts';

/** Which renditions a group of templates makes: one that comes with the server, or one of the operator's. */
export function rungsOf(templates: Pick<TemplateShelf, 'group'>): RungsOf {
  return async (group, source) => {
    if (group === NO_TRANSCODE_GROUP) return [];
    if (group === ADAPTIVE_GROUP) return adaptiveLadder(source);
    const members = await templates.group(group);
    if (members === undefined) return group === undefined ? adaptiveLadder(source) : undefined;
    // What lists all qualities is always made, of those that are HLS.
    const wanted = members.filter(({ definition }) => definition !== 'AUTO');
    return wanted.map((member, index) => rungOf(member, index, wanted));
  };
}

function rungOf(member: GroupMember, index: number, all: readonly GroupMember[]): Rung {
  const { definition, template, templateId, id = templateId ?? '', clip, rotate, isEncrypted, watermarkIds } = member;
  if (template === undefined) throw unfit(`there is no template ${templateId}`, 'Make the template first');
  if (isEncrypted) throw unfit(`${definition} is to be encrypted`, 'Leave EncryptSetting out');
  if (watermarkIds.length > 0) throw unfit(`${definition} has watermarks`, 'Leave WatermarkIds out');
  const isAlone = all.filter((each) => each.definition === definition).length === 1;
  const name = definition.toLowerCase();
  return {
    ...{ definition, template, templateId: id, name: isAlone ? name : `${name}-${index + 1}` },
    ...(clip && { clip }),
    ...(rotate !== undefined && { rotate }),
  };
}

function unfit(problem: string, remedy: string): MediaError {
  return new MediaError(
    'TEMPLATE_GROUP_UNFIT',
    `the asset's group cannot be made: ${problem}`,
    `${remedy}, and process it again.`,
  );
}
