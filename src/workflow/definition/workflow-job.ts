/** The kind that jobs of workflows have. */
export const WORKFLOW_JOB = 'workflow';
