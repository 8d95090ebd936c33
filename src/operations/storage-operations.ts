import { z } from 'zod';
import { type Operation, operation } from './base/index.ts';

const storage = z
  .strictObject({
    name: z.string().describe('As rules name it'),
    kind: z.enum(['folder', 's3']),
    endpoint: z.string().exactOptional().describe('Host of the bucket'),
    bucket: z.string().exactOptional(),
    prefix: z.string().exactOptional().describe('What the names of all its objects begin with in the bucket'),
  })
  .meta({ id: 'Storage' });

/** A storage as operators may know it: never its folder or its keys. */
export type ListedStorage = z.output<typeof storage>;

export type StorageDoor = { readonly all: () => readonly ListedStorage[] };

/** The storages of the configuration, which rules choose from. */
export function storageOperations({ all }: StorageDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listStorages', area: 'Storages', method: 'get', path: '/storages', action: 'rules:read' },
      summary: 'The storages that rules can name; the configuration has them',
      answer: z.strictObject({ storages: z.array(storage) }),
      run: () => ({ storages: all() }),
    }),
  ];
}
