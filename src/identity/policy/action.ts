/** Everything that somebody may be allowed, by what it is done to. Nothing deletes from the audit log. */
const VERBS = {
  streams: ['read', 'kick', 'push-urls'],
  recordings: ['read', 'command', 'delete'],
  /** Markers and index files, too. */
  clips: ['read', 'create', 'delete'],
  blocks: ['read', 'write'],
  /** `secrets` are the keys in them; `approve` is to decide on what another wants to change. */
  rules: ['read', 'write', 'secrets', 'approve'],
  templates: ['read', 'write'],
  callbacks: ['read', 'redeliver'],
  certificates: ['read', 'write'],
  events: ['read'],
  /** Sessions of viewers and reports of shows, too; `write` is for prices and budgets. */
  usage: ['read', 'write'],
  /** `write` acknowledges and silences, and says where alarms go. */
  alarms: ['read', 'write'],
  'play-tokens': ['issue'],
  pipelines: ['read', 'write'],
  jobs: ['read', 'submit', 'cancel'],
  /** `write` changes, publishes, reviews and processes them. */
  assets: ['read', 'upload', 'write', 'delete'],
  categories: ['read', 'write'],
  /** `drain` takes the server out of service, and back. */
  health: ['read', 'drain'],
  backup: ['read'],
  audit: ['read'],
  users: ['read', 'write'],
  sessions: ['read', 'end'],
  keys: ['read', 'write', 'issue-temporary'],
} as const;

type Verbs = typeof VERBS;

/** `streams:kick` and its like. Seeing push URLs and stream keys (`streams:push-urls`) is not part of seeing streams. */
export type Action = { readonly [Area in keyof Verbs]: `${Area}:${Verbs[Area][number]}` }[keyof Verbs];

/** One action, all of an area, or all there are. */
export type ActionPattern = Action | `${keyof Verbs}:*` | '*';

/** Every action, in the order of its areas. */
export const ACTIONS: readonly Action[] = Object.entries(VERBS).flatMap(([area, verbs]) =>
  verbs.map((verb) => `${area}:${verb}` as Action),
);

/** Every pattern that a statement may name. */
export const ACTION_PATTERNS: readonly ActionPattern[] = [
  '*',
  ...Object.keys(VERBS).map((area) => `${area}:*` as ActionPattern),
  ...ACTIONS,
];

/** Whether `pattern` has every action that `action`, itself an action or a pattern, stands for. */
export function actionCovers(pattern: ActionPattern, action: ActionPattern): boolean {
  if (pattern === '*' || pattern === action) return true;
  return pattern.endsWith(':*') && action !== '*' && action.startsWith(pattern.slice(0, -1));
}
