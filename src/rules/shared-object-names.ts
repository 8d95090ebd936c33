import { CompiledRules } from './compiled-rules.ts';
import type { Rules, StreamSettings } from './schema.ts';

/** How objects are named in a storage: `record/{AppName}/{StreamName}/...`. */
export type ObjectTemplate = { readonly storage: string; readonly template: string };

/** What a stream's recordings and pictures are named; none where neither is made. */
export function objectTemplatesOf({ record, snapshot }: Pick<StreamSettings, 'record' | 'snapshot'>): ObjectTemplate[] {
  const formats = [...record.formats, ...record.renditions.flatMap((rendition) => rendition.formats)];
  const recorded = record.enabled ? formats.flatMap(({ object, sliceObject = '' }) => [object, sliceObject]) : [];
  const pictures = snapshot.enabled ? [snapshot.overwrite, snapshot.sequence] : [];
  return [
    ...recorded.map((template) => ({ storage: record.storage, template })),
    ...pictures.map((template) => ({ storage: snapshot.storage, template })),
  ].filter(({ template }) => template !== '');
}

/** Whether streams of one app and name in two domains have objects of the same names. */
export function isSharedByDomains({ template }: Pick<ObjectTemplate, 'template'>): boolean {
  return !template.includes('{DomainName}');
}

/** Domains whose streams, where they have the same app and name, have objects of the same names in one storage. */
export function domainsWithSharedNames(rules: Rules): string[] {
  const compiled = new CompiledRules(rules);
  const sharing = rules.streams.flatMap(({ match: { app, stream } }) => {
    const named = rules.domains.flatMap(({ name: domain }) =>
      objectTemplatesOf(compiled.settingsFor(domain, app, stream))
        .filter(isSharedByDomains)
        .map(({ storage, template }) => ({ domain, object: `${storage} ${template}` })),
    );
    const isShared = (each: (typeof named)[number]) =>
      named.some(({ domain, object }) => domain !== each.domain && object === each.object);
    return named.filter(isShared).map(({ domain }) => domain);
  });
  return [...new Set(sharing)];
}
