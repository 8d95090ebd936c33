/** Changes that an installation can ask a second person for. */
export const RISKS = ['auth-off', 'delete-domain', 'keys', 'callback-urls'] as const;

export type Risk = (typeof RISKS)[number];
