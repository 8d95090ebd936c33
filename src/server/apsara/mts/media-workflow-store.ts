// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of workflows are written so
import { MediaError } from '../../../ffmpeg/index.ts';
import { outputsOf, parseSnapshot, transcodeOf } from '../../../mps/index.ts';
import {
  type ActionCall,
  ApsaraError,
  type Body,
  everyPage,
  invalidParameter,
  isNotFound,
  utcText,
} from '../base/index.ts';
import { watermarksOf } from './job-actions.ts';
import { type About, aboutSource, objectIn, sourceOf, startOf, type Topology, topology } from './media-workflow.ts';
import { mpsId } from './stored-job.ts';
import { templateOf } from './template-actions.ts';

export type Version = { readonly source: string; readonly createdAt: string };
type Trigger = {
  readonly id: string;
  readonly workflow: string;
  readonly settings: object;
  readonly isEnabled: boolean;
};
type Found = { readonly id: string; readonly about: About; readonly createdAt: string };

export const ID = /^m[0-9a-f]{31}$/;
export const NOT_FOUND = ['MediaWorkflowNotFound', 'media workflow'] as const;
export const AUTOMATIC = 'OssAutoTrigger';
const LOOK_SECONDS = 10;

/** Begins a run for an object that is an asset. */
export async function startMediaWorkflow(
  ask: ActionCall['ask'],
  id: string,
  { userData, ...input }: { bucket: string; object: string; media: string; userData?: string | undefined },
): Promise<string> {
  const { about } = await workflowOf(ask, id);
  if (!about.isActive) throw new ApsaraError(403, 'OperationDenied', 'The media workflow is Inactive.');
  const body = {
    input: input,
    ...(userData !== undefined && { userData }),
  };
  return mpsId((await ask<{ id: string }>('startWorkflowRun', { params: { workflow: id }, body })).id);
}

export function readTopology(given: string): Topology {
  const read = topology.safeParse(objectIn(given));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalidParameter('Topology', `${issue?.path.join('.')}: ${issue?.message}`);
}

/** It stands in a comment. */
export const oneLine = (given: string): string => JSON.stringify(objectIn(given));

export async function checkedSource(ask: ActionCall['ask'], id: string, about: About): Promise<string> {
  const read = readTopology(about.topology);
  const start = startOf(read);
  return sourceOf(id, about, read, async (kind, { Parameters }) => {
    try {
      if (kind === 'Snapshot') return [{ config: snapshotConfig(Parameters) }];
      const outputs = outputsOf(
        typeof Parameters.Outputs === 'string' ? Parameters.Outputs : JSON.stringify(Parameters.Outputs),
      );
      const bucket = String(Parameters.OutputBucket ?? '');
      if (bucket === '') throw invalidParameter('Topology', 'OutputBucket of Transcode must be given');
      return await Promise.all(
        outputs.map((_, index) => outputOf(ask, { bucket, start, about }, Parameters.Outputs, index)),
      );
    } catch (error) {
      throw error instanceof MediaError ? invalidParameter('Topology', `${error.message}. ${error.remedy}`) : error;
    }
  });
}

type Around = { readonly bucket: string; readonly start: ReturnType<typeof startOf>; readonly about: About };

async function outputOf(
  ask: ActionCall['ask'],
  { bucket, start, about }: Around,
  outputs: unknown,
  index: number,
): Promise<Body> {
  const list = (typeof outputs === 'string' ? JSON.parse(outputs) : outputs) as readonly Body[];
  const output = list[index] ?? {};
  const { TemplateId: id, OutputObject } = output as Readonly<Record<string, string | undefined>>;
  const template = id === undefined ? undefined : await templateOf(ask, 'transcode', id);
  if (template === undefined) throw new ApsaraError(404, 'TemplateNotFound', `There is no template ${id}.`);
  const head = decodeURIComponent(OutputObject ?? '').replace(/\{(?!ObjectPrefix).*$/s, '');
  const written = head.replace('{ObjectPrefix}', start.prefix);
  if (about.triggerMode === AUTOMATIC && bucket === start.bucket && written.startsWith(start.prefix)) {
    throw invalidParameter(
      'Topology',
      `what goes to ${written}… would set the workflow off again: use another bucket or prefix`,
    );
  }
  const asked = { bucket, output, template: template.body, watermarks: await watermarksOf(ask, output) };
  transcodeOf({ ...asked, input: { Bucket: start.bucket, Object: 'a' } } as never, () => true);
  return asked;
}

function snapshotConfig(parameters: Body): Body {
  const config = objectIn(parameters.SnapshotConfig ?? parameters);
  parseSnapshot(JSON.stringify(config));
  return config;
}

/** New objects are looked for, or are not. */
export async function setTrigger(ask: ActionCall['ask'], workflow: string, about: About): Promise<void> {
  const { bucket: storage, prefix } = startOf(readTopology(about.topology));
  const isEnabled = about.isActive && about.triggerMode === AUTOMATIC;
  const known = await triggerOf(ask, workflow);
  const input = { bucket: storage, object: '${event.object}' };
  const body = {
    workflow,
    isEnabled,
    settings: { kind: 'prefix', storage, prefix, everySeconds: LOOK_SECONDS, input },
  };
  if (known) await ask('setWorkflowTrigger', { params: { trigger: known.id }, body });
  else if (isEnabled) await ask('createWorkflowTrigger', { body });
}

export async function changed(
  ask: ActionCall['ask'],
  id: string,
  about: About,
): Promise<{ MediaWorkflow: ReturnType<typeof shown> }> {
  const { createdAt } = await workflowOf(ask, id);
  const source = await checkedSource(ask, id, about);
  await ask('publishWorkflow', { params: { workflow: id }, body: { source } });
  await setTrigger(ask, id, about);
  return { MediaWorkflow: shown({ id, about, createdAt }) };
}

export async function triggerOf(ask: ActionCall['ask'], workflow: string): Promise<Trigger | undefined> {
  const all = await everyPage<Trigger>(ask, 'listWorkflowTriggers', 'triggers');
  return all.find((each) => each.workflow === workflow);
}

export async function allWorkflows(ask: ActionCall['ask']): Promise<Found[]> {
  const all = await everyPage<{ name: string }>(ask, 'listWorkflows', 'workflows');
  const found = await Promise.all(all.filter(({ name }) => ID.test(name)).map(({ name }) => foundWorkflow(ask, name)));
  return found.filter((each) => each !== undefined);
}

export async function workflowOf(ask: ActionCall['ask'], id: string): Promise<Found> {
  const found = await foundWorkflow(ask, id);
  if (found) return found;
  throw new ApsaraError(404, NOT_FOUND[0], 'Specified media workflow is not found.');
}

export async function foundWorkflow(ask: ActionCall['ask'], id: string): Promise<Found | undefined> {
  if (!ID.test(id)) return undefined;
  try {
    const { latest, versions } = await ask<{ latest: Version; versions: readonly Pick<Version, 'createdAt'>[] }>(
      'getWorkflow',
      { params: { workflow: id } },
    );
    const about = aboutSource(latest.source);
    const times = versions.map(({ createdAt }) => createdAt).sort();
    return about && { id, about, createdAt: times[0] ?? latest.createdAt };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function shown({ id, about: { name, topology: text, triggerMode: mode, isActive }, createdAt }: Found) {
  return {
    ...{ MediaWorkflowId: id, Name: name, State: isActive ? 'Active' : 'Inactive', Topology: text, TriggerMode: mode },
    CreationTime: utcText(Date.parse(createdAt)),
  };
}
