import type { StreamId } from '../../live/index.ts';
import type { RenditionReport } from '../../protocol/m3u8/index.ts';
import type { RenditionForecast } from '../../transcode/index.ts';
import type { PlaybackDoor } from './playback-door.ts';

/** A variant of a ladder. */
export type Variant = {
  /** Between the session's path and the files: empty for the stream itself, else the template's name and a slash. */
  readonly folder: string;
  readonly id: StreamId;
  readonly forecast?: RenditionForecast;
};

/** What a name stands for: a stream with its renditions, a group of them, or a stream without any. */
export type LadderView = {
  /** Whose renditions they are; the stream itself where it has none. */
  readonly owner: StreamId;
  readonly variants: readonly Variant[];
};

/** What a viewer plays: one variant of a view. */
export type Played = { readonly id: StreamId; readonly owner: StreamId; readonly siblings: readonly Sibling[] };

/** Another variant of the same view, with the address of its playlist as seen from this one's. */
type Sibling = { readonly uri: string; readonly id: StreamId };

type LadderDoor = Pick<PlaybackDoor, 'registry' | 'rules' | 'renditionsOf'>;

/** Looks up what a name stands for now. */
export function ladderViewOf(door: LadderDoor, id: StreamId): LadderView {
  const group = groupOf(door, id);
  const owner = group?.parent ?? id;
  const renditions = door.renditionsOf(owner).filter(({ template }) => group?.templates.includes(template) ?? true);
  const variants = renditions.map((forecast) => ({ folder: `${forecast.template}/`, id: forecast.id, forecast }));
  const source = { folder: '', id: owner };
  return { owner, variants: group?.source === false ? variants : [source, ...variants] };
}

/** Whether any of its variants can be had now. */
export function hasAny({ variants }: LadderView): boolean {
  return variants.some(({ forecast }) => forecast?.isAvailable ?? true);
}

/** A group's parent and members, where the name is one of a group and no stream's. */
export function groupOf({ registry, rules }: Pick<LadderDoor, 'registry' | 'rules'>, id: StreamId) {
  const cut = id.name.lastIndexOf('_');
  if (cut < 1 || registry.find(id)) return undefined;
  const parent = { ...id, name: id.name.slice(0, cut) };
  const name = id.name.slice(cut + 1);
  const { groups } = rules().settingsFor(parent.domain, parent.app, parent.name).transcode;
  const group = groups.includes(name) ? rules().templateGroup(name) : undefined;
  return group && { parent, templates: group.templates, source: group.source };
}

/**
 * The variant under a folder of a session's path, with those beside it.
 *
 * @param template empty for the stream itself
 */
export function playedOf({ owner, variants }: LadderView, template: string): Played | undefined {
  const folder = template === '' ? '' : `${template}/`;
  const found = variants.find((each) => each.folder === folder);
  if (!found) return undefined;
  const up = template === '' ? '' : '../';
  const siblings = variants.flatMap((each) =>
    each === found ? [] : [{ uri: `${up}${each.folder}live.m3u8`, id: each.id }],
  );
  return { id: found.id, owner, siblings };
}

/** How far the playlists of the others are, as far as they have parts. */
export function reportsOf(packagers: PlaybackDoor['packagers'], { siblings }: Played): RenditionReport[] {
  return siblings.flatMap(({ uri, id }) => {
    const packager = packagers.peek(id);
    const last = packager?.isLowLatency ? packager.window.lastPart() : undefined;
    return last ? [{ uri, lastMsn: last.segment, lastPart: last.part }] : [];
  });
}
