import { ask, may } from '../../kit/index.ts';
import type { Field } from '../../schema-form/index.ts';
import { readStorageNames } from '../library/use-storages.ts';
import { bodyField } from '../rule-objects/schema-of.ts';

/** What each kind of trigger is set by, but for its input, which is JSON; storages are those that there are. */
export async function settingsFields(): Promise<Readonly<Record<string, Field>>> {
  const [body, storages] = await Promise.all([bodyField('createWorkflowTrigger'), storageNames()]);
  const settings = body?.kind === 'group' ? body.members.find(({ name }) => name === 'settings')?.field : undefined;
  if (settings?.kind !== 'variants') return {};
  return Object.fromEntries(settings.variants.map(({ name, field }) => [name, withStorages(field, storages)]));
}

function withStorages(field: Field, storages: readonly string[]): Field {
  if (field.kind !== 'group') return field;
  const members = field.members
    .filter(({ name }) => name !== 'input')
    .map((member) => {
      if (member.name !== 'storage' || storages.length === 0) return member;
      return { ...member, field: { kind: 'choice', options: storages } as const };
    });
  return { ...field, members };
}

async function storageNames(): Promise<readonly string[]> {
  if (!may('rules:read')) return [];
  const answer = await ask('/storages');
  return 'value' in answer ? readStorageNames(answer.value) : [];
}
