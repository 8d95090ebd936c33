import type { StreamId } from '../../live/index.ts';
import type { StreamSettings } from '../../rules/index.ts';
import { groupOf, type LadderView } from './ladder-view.ts';
import type { PlaybackDoor } from './playback-door.ts';

/** What a name stands for in the past: its variants may have been archived, whether or not they are live. */
export type PastView = LadderView & { readonly settings: StreamSettings };

type ViewDoor = Pick<PlaybackDoor, 'registry' | 'rules'>;

/** Looks up what a name stands for by the rules of now. */
export function pastViewOf(door: ViewDoor, id: StreamId): PastView {
  const group = groupOf(door, id);
  const parent = group ? undefined : parentOf(door, id);
  const owner = group?.parent ?? parent ?? id;
  const settings = door.rules().settingsFor(owner.domain, owner.app, owner.name);
  const hasRenditions = settings.timeShift.renditions;
  if (parent) return { owner, settings, variants: hasRenditions ? [{ folder: '', id }] : [] };
  const templates = hasRenditions ? (group?.templates ?? templatesOf(door, settings)) : [];
  const renditions = templates.map((name) => ({ folder: `${name}/`, id: renditionOf(owner, name) }));
  return {
    owner,
    settings,
    variants: group?.source === false ? renditions : [{ folder: '', id: owner }, ...renditions],
  };
}

/** The stream that the name is a rendition of: that which is live, else by the rules. */
function parentOf(door: ViewDoor, id: StreamId): StreamId | undefined {
  const { registry, rules } = door;
  const owner = registry.ownerOf(id);
  if (owner !== id) return owner;
  const cut = id.name.lastIndexOf('_');
  if (cut < 1 || registry.find(id)) return undefined;
  const parent = { ...id, name: id.name.slice(0, cut) };
  const settings = rules().settingsFor(parent.domain, parent.app, parent.name);
  return templatesOf(door, settings).includes(id.name.slice(cut + 1)) ? parent : undefined;
}

function templatesOf({ rules }: ViewDoor, { transcode }: StreamSettings): string[] {
  return rules()
    .templatesOf(transcode)
    .map(({ name }) => name);
}

function renditionOf(owner: StreamId, template: string): StreamId {
  return { ...owner, name: `${owner.name}_${template}` };
}
