import { AnswerError, type Fields, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';
import type { Flaw, ListPage } from '../../kit/index.ts';
import { JOB_STATES, type JobState } from '../jobs/read-jobs.ts';

/** A workflow in the list. */
export type WorkflowRow = { readonly name: string; readonly latest: number; readonly createdAt?: string };

export type WorkflowVersion = {
  readonly workflow: string;
  readonly version: number;
  readonly source: string;
  readonly definition: Fields;
  readonly author: string;
  readonly createdAt?: string;
};

export type VersionRow = { readonly version: number; readonly author: string; readonly createdAt?: string };

export type Alias = {
  readonly alias: string;
  readonly version: number;
  readonly next?: { readonly version: number; readonly percent: number };
  readonly author: string;
};

export type Workflow = {
  readonly name: string;
  readonly latest: WorkflowVersion;
  readonly versions: readonly VersionRow[];
  readonly aliases: readonly Alias[];
};

export type Run = {
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly alias?: string;
  readonly trigger?: string;
  readonly input: Fields;
  readonly submitter: string;
  readonly createdAt?: string;
  /** Of its job. */
  readonly state?: JobState;
  readonly percent?: number;
};

/** What the server says of a text before it is kept. */
export type Verdict = { readonly flaws: readonly Flaw[]; readonly name?: string; readonly steps: readonly string[] };

export function readWorkflows(answer: unknown): ListPage<WorkflowRow> {
  const { workflows, nextCursor } = fields(answer);
  if (!Array.isArray(workflows)) throw new AnswerError('the answer holds no list of workflows');
  const rows = workflows.map((each) => {
    const { name, latest, createdAt } = fields(each);
    return { name: text(name) ?? '', latest: number(latest) ?? 0, ...optional('createdAt', text(createdAt)) };
  });
  return { rows, cursor: text(nextCursor) };
}

export function readWorkflow(answer: unknown): Workflow {
  const { name, latest, versions, aliases } = fields(answer);
  return {
    ...{ name: named(name), latest: readVersion(latest), versions: list(versions).map(readVersionRow) },
    aliases: list(aliases).map(readAlias),
  };
}

export function readVersion(answer: unknown): WorkflowVersion {
  const { workflow, source, definition } = fields(answer);
  return {
    ...{ workflow: named(workflow), source: text(source) ?? '', definition: fields(definition) },
    ...readVersionRow(answer),
  };
}

export function readRuns(answer: unknown): ListPage<Run> {
  const { runs, nextCursor } = fields(answer);
  if (!Array.isArray(runs)) throw new AnswerError('the answer holds no list of runs');
  return { rows: runs.map(readRun), cursor: text(nextCursor) };
}

export function readRun(answer: unknown): Run {
  const { id, workflow, version, alias, trigger, input, submitter, createdAt, state, percent } = fields(answer);
  return {
    ...{ id: named(id), workflow: text(workflow) ?? '', version: number(version) ?? 0, input: fields(input) },
    ...{ submitter: text(submitter) ?? '', ...optional('alias', text(alias)), ...optional('trigger', text(trigger)) },
    ...optional('createdAt', text(createdAt)),
    ...optional('state', oneOf(state, JOB_STATES)),
    ...optional('percent', number(percent)),
  };
}

export function readVerdict(answer: unknown): Verdict {
  const { flaws, name, steps } = fields(answer);
  return {
    flaws: list(flaws).map((each) => {
      const { line, column, key, message } = fields(each);
      const place = { line: number(line) ?? 1, column: number(column) ?? 1 };
      return { ...place, message: text(message) ?? '', ...optional('key', text(key)) };
    }),
    ...optional('name', text(name)),
    steps: list(steps).flatMap((each) => text(each) ?? []),
  };
}

/** What a run may begin with: the example that the workflow has, else what it declares with its defaults. */
export function firstInput({ example, input }: Fields): Fields {
  if (typeof example === 'object' && example !== null) return fields(example);
  return Object.fromEntries(
    Object.entries(fields(input)).map(([name, declared]) => {
      const { type, default: usual } = fields(declared);
      return [name, usual === undefined ? EMPTY[text(type) ?? 'any'] : usual];
    }),
  );
}

const EMPTY: Readonly<Record<string, unknown>> = {
  ...{ text: '', number: 0, 'yes-no': false, list: [], object: {}, any: null },
};

function readVersionRow(answer: unknown): VersionRow {
  const { version, author, createdAt } = fields(answer);
  return { version: number(version) ?? 0, author: text(author) ?? '', ...optional('createdAt', text(createdAt)) };
}

function readAlias(answer: unknown): Alias {
  const { alias, version, next, author } = fields(answer);
  const { version: other, percent } = fields(next);
  return {
    ...{ alias: text(alias) ?? '', version: number(version) ?? 0, author: text(author) ?? '' },
    ...(next === undefined ? {} : { next: { version: number(other) ?? 0, percent: number(percent) ?? 0 } }),
  };
}

function named(value: unknown): string {
  const found = text(value);
  if (found === undefined) throw new AnswerError('the answer holds no workflow');
  return found;
}
