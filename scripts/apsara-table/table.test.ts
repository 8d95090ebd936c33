import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SERVICES } from '../../src/server/apsara/index.ts';
import { readShapes } from '../../test/support/apsara-shapes.ts';
import { actionTables, tableOf } from './table.ts';

describe('docs/apsaravideo.md', () => {
  it('has a true row for each action (`npx tsx scripts/apsara-table.ts` writes them)', () => {
    const docs = readFileSync(new URL('../../docs/apsaravideo.md', import.meta.url), 'utf8');
    expect(docs.slice(docs.indexOf('## Actions of'))).toBe(actionTables());
  });
});

describe.each(SERVICES.map((each) => [each.name, each] as const))('the actions of %s that are served', (_, service) => {
  const shapes = readShapes(tableOf(service));

  it('have a name of the service, each once', () => {
    const names = service.actions.map(({ name }) => name);
    expect(names.filter((name) => !shapes.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('take no parameter that is not known', () => {
    const unknown = service.actions.flatMap(({ name, input }) => {
      const known = shapes.get(name)?.request;
      return Object.keys(input.shape)
        .filter((parameter) => !known?.has(parameter))
        .map((each) => `${name}: ${each}`);
    });
    expect(unknown).toEqual([]);
  });
});
