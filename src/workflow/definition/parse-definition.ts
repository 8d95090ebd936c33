import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Definition, definitionSchema } from './definition.ts';
import { type Flaw, flawsOf } from './definition-flaws.ts';
import { WorkflowError } from './workflow-error.ts';

const MAX_TEXT_CHARACTERS = 262_144;
const MAX_FLAWS = 10;

/** A flaw with its place in the text, lines and columns counted from 1. */
export type PlacedFlaw = {
  readonly line: number;
  readonly column: number;
  /** What it is a flaw of, such as `steps[0].action`; of the whole text none. */
  readonly key?: string;
  readonly message: string;
};

/** A text as a workflow, or what is wrong with it. */
export type CheckedDefinition = { readonly definition: Definition } | { readonly flaws: readonly PlacedFlaw[] };

/** YAML or JSON as a workflow. Throws WORKFLOW_INVALID, which names line, column and key of each flaw. */
export function parseDefinition(text: string, actions: readonly string[]): Definition {
  const checked = checkDefinition(text, actions);
  if ('definition' in checked) return checked.definition;
  const { flaws } = checked;
  const said = ({ line, column, key, message }: PlacedFlaw) =>
    `line ${line}, column ${column}: ${key === undefined ? '' : `${key} `}${message}`;
  const more = flaws.length > MAX_FLAWS ? [`and ${flaws.length - MAX_FLAWS} more`] : [];
  const problem = [...flaws.slice(0, MAX_FLAWS).map(said), ...more].join('; ');
  throw new WorkflowError('WORKFLOW_INVALID', problem, 'Correct these places; docs/workflows.md describes every key.');
}

/** The same, for who wants to see every flaw at its place. */
export function checkDefinition(text: string, actions: readonly string[]): CheckedDefinition {
  const atBeginning = (message: string) => ({ flaws: [{ line: 1, column: 1, message }] });
  if (text.length > MAX_TEXT_CHARACTERS)
    return atBeginning(`the text is longer than ${MAX_TEXT_CHARACTERS} characters`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const unreadable = [...document.errors, ...document.warnings];
  if (unreadable.length > 0) {
    return { flaws: unreadable.map(({ message, pos }) => ({ ...placeOf(pos[0]), message })) };
  }
  const placed = ({ path, at = path, message }: Flaw): PlacedFlaw => {
    const key = path.length === 0 ? {} : { key: keyText(path) };
    return { ...placeOf(offsetIn(document, at)), ...key, message };
  };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // A bomb of aliases is no workflow.
    return atBeginning(error instanceof Error ? error.message : String(error));
  }
  const parsed = definitionSchema.safeParse(value);
  if (!parsed.success) return { flaws: parsed.error.issues.map(flawOfIssue).map(placed) };
  const flaws = flawsOf(parsed.data, actions);
  return flaws.length > 0 ? { flaws: flaws.map(placed) } : { definition: parsed.data };
}

/** A key that does not exist is where it stands, not where the object begins. */
function flawOfIssue(issue: z.core.$ZodIssue): Flaw {
  const { path, message } = issue;
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return { path, message: problem(message), ...(unknown === undefined ? {} : { at: [...path, unknown] }) };
}

/** Where a value begins; of what is not there, where what it would be in begins. */
function offsetIn(document: Document, path: readonly PropertyKey[]): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node) && node.range) return node.range[0];
  return path.length === 0 ? 0 : offsetIn(document, path.slice(0, -1));
}

function keyText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** Zod's words begin with a capital letter. */
function problem(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
