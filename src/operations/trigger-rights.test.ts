import { describe, expect, it } from 'vitest';
import type { User } from '../identity/index.ts';
import { triggerDenial } from './trigger-rights.ts';

const user = (resources: readonly string[], isEnabled = true) =>
  ({ name: 'ann', isEnabled, grants: [{ role: 'job-submitter', resources }], statements: [] }) as unknown as User;
const denial = (of: User | undefined, ...inputs: Record<string, object | string>[]) => {
  const work = { pipeline: 'default', steps: inputs.map((input) => ({ input })) };
  return triggerDenial({ userNamed: () => of }, 'ann', work as never);
};

describe('triggerDenial', () => {
  const watched = { storage: 'main', object: 'in/*.mp4' };
  const output = { output: { storage: 'main', object: 'out/*.flv' } };

  it('allows what its author may submit jobs to', () => {
    expect(denial(user(['pipeline/default', 'storage/main/in/*', 'storage/main/out/*']), watched, output)).toBe(
      undefined,
    );
  });

  it('names what they may not', () => {
    expect(denial(user(['pipeline/default', 'storage/main/in/*']), watched, output)).toContain(
      'storage/main/out/*.flv',
    );
    expect(denial(user(['pipeline/default', 'storage/main/in/films/*']), watched)).toContain('storage/main/in/*.mp4');
    expect(denial(user(['storage/*/*']), watched)).toContain('pipeline/default');
  });

  it('denies whoever is gone or switched off', () => {
    expect(denial(undefined)).toContain('no user any more');
    expect(denial(user(['*'], false))).toContain('switched off');
  });
});
