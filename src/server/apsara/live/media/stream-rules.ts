import { type Ask, streamRuleId } from '../../../../operations/index.ts';
import type { Match, RulesInput, StreamRule } from '../../../../rules/index.ts';
import { editObject, everyPage } from '../../base/index.ts';

/** The settings of a rule that actions write. */
export type Sections = Pick<
  NonNullable<RulesInput['streams']>[number],
  'record' | 'snapshot' | 'transcode' | 'timeShift' | 'encryption'
>;

type Section = keyof Sections;

/** Rules of exactly this domain that say something in a section, in the order of what they are about. */
export async function rulesOf(ask: Ask, domain: string, section: Section): Promise<readonly StreamRule[]> {
  return (await allRules(ask))
    .filter(({ match, ...rule }) => match.domain.toLowerCase() === domain && rule[section] !== undefined)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Every rule that the caller may see. */
export function allRules(ask: Ask): Promise<readonly StreamRule[]> {
  return everyPage<StreamRule>(ask, 'listStreamRules', 'streamRules', { limit: 500 });
}

const keyOf = ({ match: { app, stream } }: StreamRule) => `${app} ${stream}`;

/**
 * Changes the rule about exactly these streams. `edit` gives the sections that are to be others; one without any field is
 * taken away, and so is a rule that says nothing any more.
 */
export function editStreamRule(
  ask: Ask,
  match: Match,
  reason: string,
  edit: (rule: StreamRule | undefined) => Sections | Promise<Sections>,
): Promise<void> {
  return editObject<StreamRule>(ask, { kind: 'StreamRule', id: streamRuleId({ match }), reason }, async (now) => {
    const { match: _, tags, ...sections } = { ...now, ...(await edit(now)) };
    const said = Object.fromEntries(Object.entries(sections).filter(([name, fields]) => isSaid(name, fields)));
    const isEmpty = Object.keys(said).length === 0 && tags === undefined;
    return isEmpty ? undefined : { match, ...(tags && { tags }), ...said };
  });
}

function isSaid(name: string, fields: unknown): boolean {
  if (name === 'origin' || typeof fields !== 'object' || fields === null) return false;
  return Object.values(fields).some((value) => value !== undefined);
}

/** A section without these fields. */
export function without<T extends object>(section: T | undefined, fields: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    Object.entries(section ?? {}).filter(([name]) => !fields.includes(name as keyof T)),
  ) as Partial<T>;
}
