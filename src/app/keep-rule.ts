import type { KeepRule } from '../archive/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import type { State } from './open-state.ts';

type Rules = Pick<State, 'settingsOf' | 'rules'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHORTEST_LOCAL_MS = 600_000;

/** What the archive keeps of a stream, live or not: the union of what its own rule and its source's want. */
export function keepRuleOf(registry: Pick<Registry, 'ownerOf'>, rules: Rules): (id: StreamId) => KeepRule {
  return (id) => {
    const own = keepRule(rules.settingsOf(id), false);
    const source = sourceOf(id, registry, rules);
    if (!source) return own;
    const theirs = keepRule(rules.settingsOf(source), true);
    const isAnyAmount = own.keepBytes === 0 || theirs.keepBytes === 0;
    return {
      keepMs: Math.max(own.keepMs, theirs.keepMs),
      keepBytes: isAnyAmount ? 0 : Math.max(own.keepBytes, theirs.keepBytes),
      storage: theirs.storage,
      localMs: theirs.localMs,
    };
  };
}

function keepRule({ timeShift, archive }: StreamSettings, isRendition: boolean): KeepRule {
  const { keepHours, keepBytes, storage, localHours } = archive;
  const isShifted = timeShift.enabled && (!isRendition || timeShift.renditions);
  return {
    keepMs: Math.max(keepHours * HOUR_MS, isShifted ? timeShift.days * DAY_MS : 0),
    keepBytes,
    storage,
    localMs: Math.max(localHours * HOUR_MS, SHORTEST_LOCAL_MS),
  };
}

/** The stream that this one is a rendition of, as the rules would make it; nobody need publish it now. */
export function sourceOf(
  id: StreamId,
  registry: Pick<Registry, 'ownerOf'>,
  { settingsOf, rules }: Rules,
): StreamId | undefined {
  const owner = registry.ownerOf(id);
  if (owner !== id) return owner;
  for (let at = id.name.indexOf('_', 1); at > 0; at = id.name.indexOf('_', at + 1)) {
    const source = { ...id, name: id.name.slice(0, at) };
    const templates = rules().templatesOf(settingsOf(source).transcode);
    if (templates.some(({ name }) => name === id.name.slice(at + 1))) return source;
  }
  return undefined;
}
