export { type BuiltInOptions, builtInActions, type CallOut, callOut } from './actions/index.ts';
export { FOREACH, WORKFLOW_JOB, WorkflowError, type WorkflowErrorCode } from './definition/index.ts';
export { type NewRun, type ShownRun, Workflows, type WorkflowsOptions } from './runs/index.ts';
export {
  CREATED_EVENTS,
  type Fired,
  ossEvents,
  type Trigger,
  type TriggeredWork,
  type TriggerSettings,
  Triggers,
  triggerSettings,
  watchTriggers,
} from './triggers/index.ts';
