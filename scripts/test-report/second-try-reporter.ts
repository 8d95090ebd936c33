import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** Names, at the end of a run, every test that passed at its second try only: a fault of it or of what it tests. */
export default class SecondTryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      if (test.diagnostic()?.flaky) console.log(`passed at its second try: ${pathOf(test)}`);
    }
  }
}

function pathOf(test: TestCase): string {
  const names = [test.name];
  for (let parent: TestSuite | TestModule = test.parent; parent.type === 'suite'; parent = parent.parent) {
    names.unshift(parent.name);
  }
  return [test.module.relativeModuleId, ...names].join(' > ');
}
