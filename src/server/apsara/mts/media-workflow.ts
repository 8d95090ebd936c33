// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of workflows are written so
import { z } from 'zod';
import { type Body, invalidParameter } from '../base/index.ts';

/** A topology as it comes: activities by their names, and which come after which. */
export const topology = z.object({
  Activities: z.record(
    z.string().min(1).max(64),
    z.object({
      Name: z.string().optional(),
      Type: z.enum(['Start', 'Transcode', 'Snapshot', 'Report'], {
        error: 'it must be Start, Transcode, Snapshot or Report: other activities are not done here',
      }),
      Parameters: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
  Dependencies: z.record(z.string(), z.array(z.string())).default({}),
});
export type Topology = z.output<typeof topology>;
type Activity = Topology['Activities'][string];

/** What of a media workflow is said by nothing in the definition that is made of it. */
export type About = {
  readonly name: string;
  readonly triggerMode: string;
  readonly isActive: boolean;
  /** As it came. */
  readonly topology: string;
};

/** Where a media workflow takes its inputs from. */
export type Start = { readonly bucket: string; readonly prefix: string; readonly pipeline: string | undefined };

/** Outputs and pictures as steps: `asked` fills in templates. */
export type StepInputs = (kind: 'Transcode' | 'Snapshot', activity: Activity) => Promise<readonly Body[]>;

const ACTIONS = { Transcode: 'mps-transcode', Snapshot: 'mps-snapshot' } as const;

/** Steps are named by the place of their activity and of the output in it. */
const stepName = (activity: number, output: number): string => `act-${activity + 1}-${output + 1}`;

/** The activity that a step belongs to. */
export function activityOf(step: string): number | undefined {
  const [, place] = /^act-(\d+)-\d+$/.exec(step) ?? [];
  return place === undefined ? undefined : Number(place) - 1;
}

export function startOf({ Activities }: Topology): Start {
  const starts = Object.values(Activities).filter(({ Type }) => Type === 'Start');
  const [start] = starts;
  if (start === undefined || starts.length > 1) throw invalidParameter('Topology', 'it must have one activity Start');
  const file = objectIn(start.Parameters.InputFile);
  const { Bucket: bucket, ObjectPrefix, Object: object } = file as Readonly<Record<string, string | undefined>>;
  if (!bucket) throw invalidParameter('Topology', 'Parameters.InputFile.Bucket of Start must be given');
  const pipeline = start.Parameters.PipelineId;
  return {
    bucket,
    prefix: ObjectPrefix ?? object ?? '',
    pipeline: typeof pipeline === 'string' ? pipeline : undefined,
  };
}

/** The source of a workflow of ours that does what a media workflow says; the topology is kept in comments above it. */
export async function sourceOf(id: string, about: About, read: Topology, inputs: StepInputs): Promise<string> {
  const { pipeline } = startOf(read);
  const definition = {
    ...{ name: id, description: about.name.slice(0, 1000), ...(pipeline !== undefined && { pipeline }) },
    input: {
      bucket: { type: 'text' },
      object: { type: 'text' },
      media: { type: 'text', default: '' },
    },
    steps: await stepsOf(read, inputs),
  };
  const { topology: text, ...rest } = about;
  return `# media workflow: ${JSON.stringify(rest)}\n# topology: ${text}\n${JSON.stringify(definition, null, 1)}\n`;
}

/** Undefined where a workflow is none that a media workflow was made into. */
export function aboutSource(source: string): About | undefined {
  const [, about, text] = /^# media workflow: (\{.*\})\n# topology: (.*)\n/.exec(source) ?? [];
  return about === undefined ? undefined : { ...JSON.parse(about), topology: text };
}

async function stepsOf(read: Topology, inputs: StepInputs): Promise<Body[]> {
  const names = Object.keys(read.Activities);
  const made = new Map<string, readonly Body[]>();
  for (const [index, name] of names.entries()) {
    const activity = read.Activities[name] as Activity;
    made.set(name, await activitySteps(index, activity, inputs));
  }
  for (const [name, followers] of Object.entries(read.Dependencies)) {
    const unknown = [name, ...followers].find((each) => !names.includes(each));
    if (unknown !== undefined) throw invalidParameter('Topology', `there is no activity ${unknown}`);
  }
  const steps = names.flatMap((name) => {
    const before = names.filter((other) => read.Dependencies[other]?.includes(name));
    const after = before.flatMap((other) => made.get(other)?.map((step) => step.name) ?? []);
    return (made.get(name) ?? []).map((step) => ({ ...step, after }));
  });
  if (steps.length > 0) return steps;
  throw invalidParameter('Topology', 'it must have an activity that makes something');
}

async function activitySteps(index: number, activity: Activity, inputs: StepInputs): Promise<readonly Body[]> {
  const { Type, Parameters } = activity;
  if (Type === 'Start') return [];
  if (Type === 'Report') {
    const isPublished = Parameters.PublishType !== 'Manual';
    const given = { storage: '${input.bucket}', object: '${input.object}', asset: '${input.media}', isPublished };
    return [{ name: stepName(index, 0), action: 'asset-report', with: given }];
  }
  const all = await inputs(Type, activity);
  return all.map((given, output) => ({
    ...{ name: stepName(index, output), action: ACTIONS[Type] },
    with: { ...(plain(given) as Body), input: { Bucket: '${input.bucket}', Object: '${input.object}' } },
  }));
}

/** Nothing that was written elsewhere is a reference of ours, but the id of the run. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${').replaceAll('{RunId}', () => '${run.id}');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

/** Parts of a topology come as objects or as JSON. */
export function objectIn(value: unknown): Body {
  try {
    const read: unknown = typeof value === 'string' ? JSON.parse(value) : value;
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Body;
  } catch {
    // It is told below.
  }
  throw invalidParameter('Topology', 'InputFile and the like must be objects in JSON');
}
