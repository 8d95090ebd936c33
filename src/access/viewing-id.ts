/** Names a player's viewing in the query of what it asks for, so that its reports are known to be of that session. */
export const VIEWING_PARAMETER = 'hw_viewing';

const VIEWING_ID = /^[0-9a-f]{16}$/;

/** The viewing that a query names; undefined where it names none. */
export function viewingIn(query: string): string | undefined {
  if (!query.includes(VIEWING_PARAMETER)) return undefined;
  const id = new URLSearchParams(query).get(VIEWING_PARAMETER) ?? '';
  return VIEWING_ID.test(id) ? id : undefined;
}
