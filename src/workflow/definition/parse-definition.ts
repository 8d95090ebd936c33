import { isNode, LineCounter, parseDocument } from 'yaml';
import { type Definition, definitionSchema } from './definition.ts';
import { flawsOf } from './definition-flaws.ts';
import { WorkflowError } from './workflow-error.ts';

/** Where in a text something is wrong, and what. */
export type Flaw = { readonly path: readonly PropertyKey[]; readonly message: string };

const MAX_TEXT_CHARACTERS = 262_144;
const MAX_FLAWS = 10;

/** YAML or JSON as a workflow. Throws WORKFLOW_INVALID, which names line, column and key of each flaw. */
export function parseDefinition(text: string, actions: readonly string[]): Definition {
  if (text.length > MAX_TEXT_CHARACTERS) throw invalid([`the text is longer than ${MAX_TEXT_CHARACTERS} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const unreadable = [...document.errors, ...document.warnings];
  if (unreadable.length > 0) throw invalid(unreadable.map(({ message, pos }) => `${place(pos[0])}: ${message}`));
  const offsetOf = (path: readonly PropertyKey[]): number => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
    return path.length === 0 ? 0 : offsetOf(path.slice(0, -1));
  };
  const said = ({ path, message }: Flaw) => {
    const key = path.length === 0 ? '' : `${keyText(path)} `;
    return `${place(offsetOf(path))}: ${key}${message}`;
  };
  const value = valueIn(() => document.toJS({ maxAliasCount: 100 }) as unknown);
  const parsed = definitionSchema.safeParse(value);
  if (!parsed.success) {
    throw invalid(parsed.error.issues.map(({ path, message }) => said({ path, message: problem(message) })));
  }
  const flaws = flawsOf(parsed.data, actions);
  if (flaws.length > 0) throw invalid(flaws.map(said));
  return parsed.data;
}

/** A bomb of aliases is no workflow. */
function valueIn(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw invalid([error instanceof Error ? error.message : String(error)]);
  }
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

function invalid(flaws: readonly string[]): WorkflowError {
  const more = flaws.length > MAX_FLAWS ? [`and ${flaws.length - MAX_FLAWS} more`] : [];
  const text = [...flaws.slice(0, MAX_FLAWS), ...more].join('; ');
  return new WorkflowError('WORKFLOW_INVALID', text, 'Correct these places; docs/workflows.md describes every key.');
}
