import type { Ask } from '../../../../operations/index.ts';
import type { StreamRule, StreamSettings } from '../../../../rules/index.ts';
import { ApsaraError } from '../../base/index.ts';
import { settingsOf } from '../edit/index.ts';
import { editStreamRule, type Sections, without } from './stream-rules.ts';

/** The templates of an app's streams, as ApsaraVideo binds them: to a domain and an app, each lazy or not. */
export type AppOf = { readonly domain: string; readonly app: string };

/** What an action says of a rendition; undefined leaves it as it is. */
export type Wishes = { readonly isLazy?: boolean | undefined; readonly rotateSeconds?: number | undefined };

const matchOf = ({ domain, app }: AppOf) => ({ domain, app, stream: '*' });

/** What holds for the app; throws where there is no such domain. */
export function transcodeOf(ask: Ask, of: AppOf): Promise<StreamSettings> {
  return settingsOf(ask, matchOf(of));
}

export async function addTemplate(ask: Ask, of: AppOf, name: string, wishes: Wishes, reason: string): Promise<void> {
  await transcodeOf(ask, of);
  await editStreamRule(ask, matchOf(of), reason, async (rule) => {
    if (rule?.transcode?.templates?.includes(name)) {
      const message = `${of.app} has the template ${name} already. Change it with the action to update it.`;
      throw new ApsaraError(400, 'ConfigAlreadyExists', message);
    }
    const { transcode } = await transcodeOf(ask, of);
    // Those of all apps are the first ones, as the rule of this app takes the place of theirs.
    const templates = [...(rule?.transcode?.templates ?? transcode.templates), name];
    return sectionsOf(rule, templates, await eagerOf(ask, transcode), name, { isLazy: true, ...wishes });
  });
}

export async function changeTemplate(ask: Ask, of: AppOf, name: string, wishes: Wishes, reason: string): Promise<void> {
  await transcodeOf(ask, of);
  await editStreamRule(ask, matchOf(of), reason, async (rule) => {
    const templates = rule?.transcode?.templates ?? [];
    if (!templates.includes(name)) throw noTemplate(of, name);
    const eager = await eagerOf(ask, (await transcodeOf(ask, of)).transcode);
    return sectionsOf(rule, templates, eager, name, wishes);
  });
}

export async function removeTemplate(ask: Ask, of: AppOf, name: string, reason: string): Promise<void> {
  await transcodeOf(ask, of);
  await editStreamRule(ask, matchOf(of), reason, (rule) => {
    const { templates = [], eager = [] } = rule?.transcode ?? {};
    if (!templates.includes(name)) throw noTemplate(of, name);
    const rest = templates.filter((each) => each !== name);
    const said =
      rest.length === 0
        ? {}
        : { templates: rest, lazy: rule?.transcode?.lazy, eager: eager.filter((each) => each !== name) };
    return { transcode: { ...without(rule?.transcode, ['templates', 'lazy', 'eager']), ...said } };
  });
}

export function noTemplate({ domain, app }: AppOf, name: string): ApsaraError {
  const message = `${domain} has no template ${name} for exactly ${app}. DescribeLiveStreamTranscodeInfo lists them.`;
  return new ApsaraError(404, 'InvalidTemplate.NotFound', message);
}

function sectionsOf(
  rule: StreamRule | undefined,
  templates: readonly string[],
  eagerBefore: readonly string[],
  name: string,
  { isLazy, rotateSeconds }: Wishes,
): Sections {
  const others = eagerBefore.filter((each) => each !== name);
  const eager = (isLazy ?? !eagerBefore.includes(name)) ? others : [...others, name];
  return {
    transcode: { ...rule?.transcode, templates: [...templates], lazy: true, eager },
    ...(rotateSeconds === undefined ? {} : { encryption: { ...rule?.encryption, method: 'aes-128', rotateSeconds } }),
  };
}

/** Those that begin with the publish: named one by one, so that another can be lazy. */
async function eagerOf(ask: Ask, { lazy, eager, templates, groups }: StreamSettings['transcode']): Promise<string[]> {
  if (lazy) return [...eager];
  const found = await Promise.all(
    groups.map((name) => ask<{ templates: string[] }>('getTemplateGroup', { params: { name } })),
  );
  return [...new Set([...templates, ...found.flatMap((group) => group.templates)])];
}
