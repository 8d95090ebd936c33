import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runProgram } from '../../ffmpeg/index.ts';
import { JobError, type Json, type JsonObject, type StepAction } from '../../jobs/index.ts';
import { type MediaTools, placeSchema, targetSchema } from '../../media/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { parsed } from './parsed.ts';
import type { GuardOutput } from './split-actions.ts';

/** A command that the operator lets workflows run. */
export type AllowedCommand = {
  /** What workflows call it. */
  readonly name: string;
  /** The program, and the arguments that stand before those of the step. */
  readonly command: readonly string[];
  readonly seconds: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
};

const KEPT_CHARACTERS = 65_536;
const KEPT_COMPLAINT = 2000;
const OVER_LIMITS = /^(MEDIA_\w+|DISK_FULL)$/;
const MAX_PROCESSES = 64;
/** The name of a file in the step's folder: no path. */
const fileName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, { error: 'must be a plain file name' });

const execInput = z.strictObject({
  command: z.string().min(1),
  args: z
    .array(z.union([z.string().max(10_000), z.number()]))
    .max(200)
    .default([]),
  /** Put into the folder that it runs in, under these names. */
  inputs: z.record(fileName, placeSchema).default({}),
  /** What it leaves there, and where it goes. */
  outputs: z.record(fileName, targetSchema).default({}),
});

export type ExecOptions = {
  readonly allowed: readonly AllowedCommand[];
  readonly media: MediaTools;
  readonly guard: GuardOutput;
};

/** `exec`: runs what the operator allows, in a folder of its own, without shell, network or the server's environment. */
export function execAction({ allowed, media, guard }: ExecOptions): StepAction {
  return {
    name: 'exec',
    run: async (run) => {
      const { command: name, args, inputs, outputs } = parsed(execInput, run);
      const found = allowed.find((each) => each.name === name);
      if (!found) throw notAllowed(name, allowed);
      for (const target of Object.values(outputs)) await guard(run, target);
      const folder = join(run.folder, 'work');
      await mkdir(folder, { recursive: true });
      const paths: string[] = [];
      for (const [file, place] of Object.entries(inputs)) {
        const into = join(run.folder, `in-${file}`);
        await mkdir(into, { recursive: true });
        const { path } = await media.open(place, into, run.signal);
        paths.push(`${file}=${path}`);
      }
      const at = new Map(paths.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
      let said = '';
      let complaint = '';
      await runProgram({
        command: found.command,
        // An input's name stands for where it is.
        args: args.map((argument) => at.get(String(argument)) ?? String(argument)),
        folder,
        signal: run.signal,
        limits: {
          timeMs: found.seconds * 1000,
          outputBytes: found.outputBytes,
          memoryBytes: found.memoryBytes,
          processes: MAX_PROCESSES,
        },
        onOutput: (text) => {
          if (said.length < KEPT_CHARACTERS) said += text.slice(0, KEPT_CHARACTERS - said.length);
        },
        onSaid: (text) => {
          complaint = (complaint + text).slice(-KEPT_COMPLAINT);
        },
      }).catch((error: unknown) => {
        throw OVER_LIMITS.test(codeOf(error)) || run.signal.aborted ? error : failed(name, complaint, error);
      });
      for (const file of Object.keys(outputs)) {
        const left = await lstat(join(folder, file)).catch(() => undefined);
        // What a link leads to is not what the command has made.
        if (!left?.isFile()) throw failed(name, `it left no file ${file}`);
      }
      const published: Record<string, Json> = {};
      for (const [file, target] of Object.entries(outputs)) {
        const facts = { seed: mediaRun(run).seed ?? '', atMs: run.job.createdAtMs };
        const publication = { target, onCollision: 'overwrite' as const, facts, signal: run.signal };
        const { object } = await media.publish(join(folder, file), publication);
        published[file] = { storage: target.storage, object };
      }
      return { output: { text: said, value: jsonOf(said), outputs: published as JsonObject } };
    },
  };
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | undefined)?.code);
}

/** These are no limits of media: the operator's command says what went wrong in its own words. */
function failed(name: string, complaint: string, cause?: unknown): JobError {
  const words = complaint.trim().split('\n').slice(-3).join('; ');
  const because = words === '' ? 'it ended with a failure' : words;
  const isFinal = codeOf(cause) !== 'FFMPEG_KILLED';
  const remedy = 'Look at what it was given; the operator of the server knows the command.';
  return new JobError('COMMAND_FAILED', `the command ${name} failed: ${because}`, remedy, { isFinal, cause });
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function notAllowed(name: string, allowed: readonly AllowedCommand[]): JobError {
  const names = allowed.map((each) => each.name).join(', ') || 'none';
  const remedy = 'Let the operator add it to workflows.allowedCommands in the configuration.';
  return new JobError('COMMAND_NOT_ALLOWED', `the command ${name} is not allowed here; allowed are: ${names}`, remedy);
}
