/** HTTP statuses by what is wrong. */
const STATUSES = {
  WORKFLOW_INVALID: 400,
  WORKFLOW_INPUT: 400,
  WORKFLOW_NOT_FOUND: 404,
  WORKFLOW_EXISTS: 409,
  WORKFLOW_VERSION_NOT_FOUND: 404,
  WORKFLOW_ALIAS_NOT_FOUND: 404,
  WORKFLOW_IN_USE: 409,
  WORKFLOW_RUN_NOT_FOUND: 404,
  TRIGGER_NOT_FOUND: 404,
  TRIGGER_INVALID: 400,
  TRIGGER_OVERLAPS: 409,
  TRIGGER_LOOPS: 409,
  TRIGGER_DENIED: 403,
  TRIGGER_EVENT: 400,
} as const;

export type WorkflowErrorCode = keyof typeof STATUSES;

/** Why a workflow, run or trigger is not taken, and what can be done about it. */
export class WorkflowError extends Error {
  readonly code: WorkflowErrorCode;
  readonly remedy: string;

  constructor(code: WorkflowErrorCode, message: string, remedy: string) {
    super(message);
    this.name = 'WorkflowError';
    this.code = code;
    this.remedy = remedy;
  }

  /** The HTTP status that goes with it. */
  get status(): number {
    return STATUSES[this.code];
  }
}
