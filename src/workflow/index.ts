export { type BuiltInOptions, builtInActions, type CallOut, callOut } from './actions/index.ts';
export { WORKFLOW_JOB, WorkflowError, type WorkflowErrorCode } from './definition/index.ts';
export { type NewRun, type ShownRun, Workflows, type WorkflowsOptions } from './workflows.ts';
