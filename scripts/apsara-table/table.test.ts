import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIVE } from '../../src/server/apsara/index.ts';
import { readShapes } from '../../test/support/apsara-shapes.ts';
import { actionTable } from './table.ts';

const SHAPES = readShapes(`live-${LIVE.version}`);

describe('docs/apsaravideo.md', () => {
  it('has a true row for each action (`npx tsx scripts/apsara-table.ts` writes them)', () => {
    const docs = readFileSync(new URL('../../docs/apsaravideo.md', import.meta.url), 'utf8');
    expect(docs.endsWith(`## Actions\n\n${actionTable()}`)).toBe(true);
  });
});

describe('the actions that are served', () => {
  it('have a name of the service, each once', () => {
    const names = LIVE.actions.map(({ name }) => name);
    expect(names.filter((name) => !SHAPES.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(LIVE.actions.map((each) => [each.name, each] as const))(
    '%s takes no parameter that is not known',
    (name, { input }) => {
      const known = SHAPES.get(name)?.request;
      expect(Object.keys(input.shape).filter((parameter) => !known?.has(parameter))).toEqual([]);
    },
  );
});
