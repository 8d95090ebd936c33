import type { Json } from '../../jobs/index.ts';
import type { Definition, StepDefinition } from './definition.ts';
import { referencesIn } from './references.ts';
import { waitsFor } from './waits-for.ts';

/** What is wrong, and with which key; `at` is where that shows, where it is another. */
export type Flaw = {
  readonly path: readonly PropertyKey[];
  readonly at?: readonly PropertyKey[];
  readonly message: string;
};

const ROOTS = ['input', 'steps', 'item', 'index', 'run'] as const;
/** What `${run...}` has. */
export const RUN_FIELDS: readonly string[] = ['id', 'workflow', 'version'];

/** What a schema cannot see: names that lead nowhere, and steps that wait for each other. */
export function flawsOf(definition: Definition, actions: readonly string[]): Flaw[] {
  const names = definition.steps.map(({ name }) => name);
  const flaws: Flaw[] = [];
  for (const [index, step] of definition.steps.entries()) {
    const flaw = (key: string, message: string) => flaws.push({ path: ['steps', index, key], message });
    if (names.indexOf(step.name) < index) flaw('name', `${step.name} has another step already`);
    if (!actions.includes(step.action)) flaw('action', `${step.action} is none; there are ${actions.join(', ')}`);
    for (const name of step.after ?? []) if (!names.includes(name)) flaw('after', `${name} is no step`);
    const places: readonly (readonly [string, Json])[] = [
      ['with', step.with],
      ['foreach', step.foreach ?? null],
    ];
    for (const [key, value] of places)
      for (const message of referenceFlaws(key, value, step, definition)) flaw(key, message);
  }
  return flaws.length > 0 ? flaws : circles(definition);
}

function referenceFlaws(key: string, value: Json, step: StepDefinition, { input, steps }: Definition): string[] {
  let references: (readonly string[])[];
  try {
    references = referencesIn(value);
  } catch (error) {
    return [(error as Error).message];
  }
  return references.flatMap(([root = '', name = '', third]) => {
    if (!ROOTS.some((each) => each === root)) return [`\${${root}...} is none; write ${ROOTS.join(', ')}`];
    if (root === 'input') return Object.hasOwn(input, name) ? [] : [`\${input.${name}} is not declared in input`];
    if (root === 'run')
      return RUN_FIELDS.includes(name) ? [] : [`\${run.${name}} is none; it has ${RUN_FIELDS.join(', ')}`];
    if (root === 'steps') return stepFlaws(name, third, step, steps);
    return step.foreach === undefined || key === 'foreach' ? [`\${${root}} is only there in a step with foreach`] : [];
  });
}

function stepFlaws(
  name: string,
  field: string | undefined,
  step: StepDefinition,
  steps: Definition['steps'],
): string[] {
  const other = steps.find((each) => each.name === name);
  if (!other || other === step) return [`\${steps.${name}} is no other step`];
  const wanted = other.foreach === undefined ? 'output' : 'outputs';
  return field === wanted ? [] : [`\${steps.${name}...} has ${wanted}: write \${steps.${name}.${wanted}}`];
}

function circles({ steps }: Definition): Flaw[] {
  const open = new Map(steps.map((_, index) => [steps[index]?.name ?? '', waitsFor(steps, index)]));
  for (let isChanged = true; isChanged; ) {
    const ready = [...open].filter(([, names]) => names.every((name) => !open.has(name)));
    for (const [name] of ready) open.delete(name);
    isChanged = ready.length > 0;
  }
  const index = steps.findIndex(({ name }) => open.has(name));
  if (index < 0) return [];
  return [{ path: ['steps', index], message: `${[...open.keys()].join(', ')} wait for each other` }];
}
