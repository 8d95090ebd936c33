export { type NewRun, type ShownRun, versionFor, Workflows, type WorkflowsOptions } from './workflows.ts';
