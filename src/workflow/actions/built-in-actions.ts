import type { StepAction } from '../../jobs/index.ts';
import type { Storages } from '../../storage/index.ts';
import type { CallOut } from './call-out.ts';
import { cleanupAction } from './cleanup.ts';
import { type AllowedCommand, execAction } from './exec.ts';
import { filled } from './filled.ts';
import { foreachAction } from './foreach.ts';
import { httpAction } from './http.ts';
import { mpsMessageAction } from './mps-message.ts';
import { notifyAction } from './notify.ts';
import { pictureActions } from './picture-actions.ts';
import { marksAction, probeAction } from './probe.ts';
import { publishAction } from './publish.ts';
import { reachOutActions } from './reach-out.ts';
import { type MediaActionsOptions, splitActions } from './split-actions.ts';

export type BuiltInOptions = MediaActionsOptions & {
  readonly storages: Storages;
  readonly out: CallOut;
  /** What `exec` may run. */
  readonly allowedCommands: readonly AllowedCommand[];
  /** What `notify` signs with; undefined signs nothing. */
  readonly webhookSecret: string | undefined;
  readonly wallMs: () => number;
};

/** All that steps of workflows can do, for the worker. */
export function builtInActions(options: BuiltInOptions): readonly StepAction[] {
  const { media, storages, out, webhookSecret, wallMs, guard, allowedCommands: allowed } = options;
  const actions = [
    ...splitActions(options),
    probeAction(media),
    marksAction(media),
    ...pictureActions(options),
    publishAction(media, storages, guard),
    ...reachOutActions(out),
    notifyAction(out, webhookSecret, wallMs),
    mpsMessageAction(out, webhookSecret, wallMs),
    cleanupAction(storages),
    httpAction(out),
    execAction({ allowed, media, guard }),
  ];
  return [...actions.map(filled), foreachAction];
}
