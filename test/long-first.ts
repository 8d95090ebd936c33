import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of the system's tests that take more than a minute, the longest first; the end of a run names those that do. */
const LONG: readonly string[] = [
  ...['players', 'cli', 'console', 'browser', 'packaging-image', 'storage/recordings', 'obs', 'backup'],
];

const placeOf = ({ moduleId }: TestSpecification) => {
  const index = LONG.findIndex((name) => moduleId.endsWith(`test/system/${name}.test.ts`));
  return index === -1 ? LONG.length : index;
};

/** Long files first, so that none of them is still at work when all others are done; then the larger ones. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
