export { type Definition, definitionOf, definitionSchema, workflowName } from './definition.ts';
export { type CheckedDefinition, checkDefinition, type PlacedFlaw, parseDefinition } from './parse-definition.ts';
export { DeadReference, fill, fillLast, type Scope } from './references.ts';
export { FOREACH, type ForeachInput, type RunNames, stepsOfRun } from './steps-of-run.ts';
export { WorkflowError, type WorkflowErrorCode } from './workflow-error.ts';
export { WORKFLOW_JOB } from './workflow-job.ts';
