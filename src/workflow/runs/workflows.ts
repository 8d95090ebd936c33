import { createHash, randomUUID } from 'node:crypto';
import type { Job, Jobs, JsonObject, NewStep, Step } from '../../jobs/index.ts';
import type {
  ListedRun,
  RunPage,
  StoredAlias,
  StoredRun,
  StoredVersion,
  StoredWorkflow,
  WorkflowTables,
} from '../../store/index.ts';
import {
  type CheckedDefinition,
  checkDefinition,
  definitionOf,
  parseDefinition,
  stepsOfRun,
  WORKFLOW_JOB,
  WorkflowError,
} from '../definition/index.ts';

export type WorkflowsOptions = {
  readonly tables: WorkflowTables;
  readonly jobs: Jobs;
  /** The names of actions there are. */
  readonly actions: readonly string[];
};

/** What is to be run: a version, else what an alias leads to, else the newest. */
export type NewRun = {
  /** A UUID by whoever asks twice with the same. */
  readonly id?: string | undefined;
  readonly version?: number | undefined;
  readonly alias?: string | undefined;
  readonly trigger?: string | undefined;
  readonly input: JsonObject;
  readonly submitter: string;
  readonly pipeline?: string | undefined;
  readonly priority?: number | undefined;
  readonly asset?: string | undefined;
  readonly userData?: string | undefined;
  /** Throws where its submitter may not begin this; asked before anything is. */
  readonly permit?: (work: { readonly pipeline: string; readonly steps: readonly NewStep[] }) => void;
};

/** A run with the job that it is. */
export type ShownRun = StoredRun & { readonly job?: Job & { readonly steps: readonly Step[] } };

const DEFAULT_PIPELINE = 'default';

/** Workflows in versions, what leads to them, and their runs. */
export class Workflows {
  readonly #options: WorkflowsOptions;

  constructor(options: WorkflowsOptions) {
    this.#options = options;
  }

  list(): Promise<StoredWorkflow[]> {
    return this.#options.tables.list();
  }

  /** What a text would become, or every flaw at its place; nothing is kept. */
  check(source: string): CheckedDefinition {
    return checkDefinition(source, this.#options.actions);
  }

  /** Throws WORKFLOW_INVALID and WORKFLOW_EXISTS. */
  async create(source: string, author: string): Promise<StoredVersion> {
    const definition = parseDefinition(source, this.#options.actions);
    const made = await this.#options.tables.publish(definition.name, { source, definition, author, isNew: true });
    if (made) return made;
    const remedy = 'Publish it as a new version, or give it another name.';
    throw new WorkflowError('WORKFLOW_EXISTS', `there is a workflow ${definition.name} already`, remedy);
  }

  /** Throws WORKFLOW_INVALID and WORKFLOW_NOT_FOUND. Runs that have begun keep the version they have. */
  async publish(workflow: string, source: string, author: string): Promise<StoredVersion> {
    const definition = parseDefinition(source, this.#options.actions);
    if (definition.name !== workflow) {
      const problem = `its name is ${definition.name}, but it is to be a version of ${workflow}`;
      throw new WorkflowError('WORKFLOW_INVALID', problem, `Write name: ${workflow}, or create it as a new workflow.`);
    }
    return (
      (await this.#options.tables.publish(workflow, { source, definition, author, isNew: false })) ?? unknown(workflow)
    );
  }

  /** The newest where none is named. */
  async version(workflow: string, version?: number): Promise<StoredVersion> {
    const found = await this.#options.tables.version(workflow, version);
    if (found) return found;
    if (version === undefined || !(await this.#options.tables.version(workflow))) return unknown(workflow);
    const problem = `${workflow} has no version ${version}`;
    throw new WorkflowError('WORKFLOW_VERSION_NOT_FOUND', problem, 'List the versions of the workflow.');
  }

  async versions(workflow: string): Promise<StoredVersion[]> {
    const found = await this.#options.tables.versions(workflow);
    return found.length > 0 ? found : unknown(workflow);
  }

  /** Its runs go on and stay. */
  async remove(workflow: string): Promise<void> {
    try {
      if (!(await this.#options.tables.remove(workflow))) unknown(workflow);
    } catch (error) {
      // 23503: a trigger leads to it.
      if (rootCode(error) !== '23503') throw error;
      throw new WorkflowError('WORKFLOW_IN_USE', `triggers lead to ${workflow}`, 'Delete its triggers first.');
    }
  }

  async aliases(workflow: string): Promise<StoredAlias[]> {
    return this.#options.tables.aliases(workflow);
  }

  async setAlias(workflow: string, alias: Omit<StoredAlias, 'updatedAtMs'>): Promise<StoredAlias> {
    await this.version(workflow, alias.version);
    if (alias.next) await this.version(workflow, alias.next.version);
    return (await this.#options.tables.setAlias(workflow, alias)) ?? unknown(workflow);
  }

  async removeAlias(workflow: string, alias: string): Promise<void> {
    if (!(await this.#options.tables.removeAlias(workflow, alias))) throw noAlias(workflow, alias);
  }

  /** Begins a run. Throws WorkflowError, and JobError where its pipeline is not there. */
  async start(workflow: string, { id = randomUUID(), ...wanted }: NewRun): Promise<StoredRun> {
    const { tables, jobs } = this.#options;
    const { version, definition: kept } = await this.#chosen(workflow, id, wanted);
    const definition = definitionOf(kept);
    const steps = stepsOfRun(definition, wanted.input, { id, workflow, version });
    const pipeline = wanted.pipeline ?? definition.pipeline ?? DEFAULT_PIPELINE;
    wanted.permit?.({ pipeline, steps });
    const { alias, trigger, input, submitter } = wanted;
    const run = {
      id,
      workflow,
      version,
      input,
      submitter,
      ...(alias ? { alias } : {}),
      ...(trigger ? { trigger } : {}),
    };
    return tables.addRun(run, async (transaction) => {
      const priority = wanted.priority ?? definition.priority;
      const job = {
        ...{ id, kind: WORKFLOW_JOB, submitter, steps, pipeline },
        ...(priority === undefined ? {} : { priority }),
        ...(wanted.asset === undefined ? {} : { asset: wanted.asset }),
        ...(wanted.userData === undefined ? {} : { userData: wanted.userData }),
        data: { workflow, version, ...(trigger ? { trigger } : {}) },
      };
      await jobs.submit(job, { transaction });
    });
  }

  async run(id: string): Promise<ShownRun> {
    const run = await this.#options.tables.run(id);
    if (!run) {
      throw new WorkflowError('WORKFLOW_RUN_NOT_FOUND', `there is no run ${id}`, 'List the runs of the workflow.');
    }
    const job = await this.#options.jobs.find(id);
    return { ...run, ...(job ? { job } : {}) };
  }

  async runs(workflow: string, page: RunPage): Promise<ListedRun[]> {
    return this.#options.tables.runs(workflow, page);
  }

  async #chosen(workflow: string, id: string, { version, alias }: NewRun | Omit<NewRun, 'id'>): Promise<StoredVersion> {
    if (version !== undefined || alias === undefined) return this.version(workflow, version);
    const found = (await this.aliases(workflow)).find((each) => each.alias === alias);
    if (!found) {
      await this.version(workflow);
      throw noAlias(workflow, alias);
    }
    return this.version(workflow, versionFor(found, id));
  }
}

/** Which of an alias's versions a run goes to: the same for the same id, and so many of a hundred to the next one. */
export function versionFor({ version, next }: Pick<StoredAlias, 'version' | 'next'>, id: string): number {
  if (!next) return version;
  return createHash('sha256').update(id).digest().readUInt32BE(0) % 100 < next.percent ? next.version : version;
}

function unknown(workflow: string): never {
  const problem = `there is no workflow ${workflow}`;
  throw new WorkflowError('WORKFLOW_NOT_FOUND', problem, 'List the workflows, or create it.');
}

function noAlias(workflow: string, alias: string): WorkflowError {
  const problem = `${workflow} has no alias ${alias}`;
  return new WorkflowError('WORKFLOW_ALIAS_NOT_FOUND', problem, 'List the aliases of the workflow.');
}

function rootCode(error: unknown): string | undefined {
  const { code, cause } = error as { code?: string; cause?: unknown };
  return code === '23503' || !(cause instanceof Error) ? code : rootCode(cause);
}
