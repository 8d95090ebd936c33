import { stat } from 'node:fs/promises';
import type { Archive } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import { type CompiledRules, isSharedByDomains, objectTemplatesOf, type StreamSettings } from '../rules/index.ts';

export type OwnTemplateOptions = {
  readonly rules: () => Pick<CompiledRules, 'rules'>;
  readonly archive: Pick<Archive, 'folderOf'>;
  /** Of a stream or a rendition. */
  readonly settingsOf: (id: StreamId) => StreamSettings;
};

/**
 * How the recordings of a stream are named: as its rule says, with the domain behind it where a stream of the same app
 * and name is recorded under the same names in a domain that comes earlier in the rules.
 */
export function ownTemplate({ rules, archive, settingsOf }: OwnTemplateOptions) {
  return async (id: StreamId, storage: string, template: string): Promise<string> => {
    if (!isSharedByDomains({ template })) return template;
    const domains = rules().rules.domains.map(({ name }) => name);
    for (const domain of domains.slice(0, Math.max(0, domains.indexOf(id.domain)))) {
      const namesake = { ...id, domain };
      const names = objectTemplatesOf(settingsOf(namesake));
      const hasSame = names.some((each) => each.storage === storage && each.template === template);
      if (hasSame && (await exists(archive.folderOf(namesake)))) return `${template}_{DomainName}`;
    }
    return template;
  };
}

function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
