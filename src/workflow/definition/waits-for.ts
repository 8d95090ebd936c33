import type { Json } from '../../jobs/index.ts';
import type { StepDefinition } from './definition.ts';
import { referencesIn } from './references.ts';

/** The steps a step comes after: those it names, else the one above it, and those it refers to. */
export function waitsFor(steps: readonly StepDefinition[], index: number): string[] {
  const step = steps[index];
  if (!step) return [];
  const above = steps[index - 1];
  const named = step.after ?? (above ? [above.name] : []);
  const values: Json = [step.with, step.foreach ?? null];
  const referred = referencesIn(values).flatMap(([root, name]) =>
    root === 'steps' && name !== undefined ? [name] : [],
  );
  return [...new Set([...named, ...referred])];
}
