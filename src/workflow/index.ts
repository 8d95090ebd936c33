export { type BuiltInOptions, builtInActions, type CallOut, callOut } from './actions/index.ts';
export { WorkflowError, type WorkflowErrorCode } from './definition/index.ts';
export { WORKFLOW_JOB } from './workflow-job.ts';
export { type NewRun, type ShownRun, Workflows, type WorkflowsOptions } from './workflows.ts';
