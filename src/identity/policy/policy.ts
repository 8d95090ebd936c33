import { type Action, type ActionPattern, actionCovers } from './action.ts';
import { type Resource, resourceCovers, resourceMatches } from './resource.ts';

/** Allows or denies some actions on some resources. */
export type Statement = {
  readonly effect: 'allow' | 'deny';
  readonly actions: readonly ActionPattern[];
  readonly resources: readonly string[];
};

/** What somebody may: what a statement allows and none denies. */
export type Policy = readonly Statement[];

/** What was decided and why. */
export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly code: 'NOT_ALLOWED' | 'DENIED' | 'TOTP_REQUIRED';
      readonly action: Action;
      readonly sentence: string;
      readonly remedy: string;
    };

/** Whether a policy allows an action on a resource; a statement that denies it outweighs any that allows it. */
export function decide(policy: Policy, action: Action, resource: Resource): Decision {
  const about = policy.filter((statement) => isAbout(statement, action, resource));
  if (about.some(({ effect }) => effect === 'deny')) return denied(action);
  return about.length > 0 ? { allowed: true } : notAllowed(action);
}

/** Whether there may be a resource on which the policy allows the action: what a list leaves out is decided for each of its rows. */
export function decideAnywhere(policy: Policy, action: Action): Decision {
  const about = policy.filter(({ actions }) => actions.some((pattern) => actionCovers(pattern, action)));
  if (about.some(({ effect, resources }) => effect === 'deny' && resources.includes('*'))) return denied(action);
  return about.some(({ effect }) => effect === 'allow') ? { allowed: true } : notAllowed(action);
}

/**
 * Whether whoever has `wide` may give `narrow` away, having all of it. Whoever is denied anything gives only what a
 * single statement of theirs allows and no denial touches.
 */
export function covers(wide: Policy, narrow: Policy): boolean {
  const given = narrow.filter(({ effect }) => effect === 'allow');
  return given.every(({ actions, resources }) =>
    actions.every((action) => resources.every((resource) => coversOne(wide, action, resource))),
  );
}

function coversOne(wide: Policy, action: ActionPattern, resource: string): boolean {
  const isAllowed = wide.some(
    (statement) =>
      statement.effect === 'allow' &&
      statement.actions.some((pattern) => actionCovers(pattern, action)) &&
      statement.resources.some((pattern) => resourceCovers(pattern, resource)),
  );
  // Two patterns may have resources in common although neither covers the other: then the denial counts.
  const isDenied = wide.some(
    ({ effect, actions }) =>
      effect === 'deny' && actions.some((pattern) => actionCovers(pattern, action) || actionCovers(action, pattern)),
  );
  return isAllowed && !isDenied;
}

function isAbout({ actions, resources }: Statement, action: Action, resource: Resource): boolean {
  return (
    actions.some((pattern) => actionCovers(pattern, action)) &&
    resources.some((pattern) => resourceMatches(pattern, resource))
  );
}

function notAllowed(action: Action): Decision {
  const sentence = `you may not ${action} here`;
  const remedy = `Ask an administrator for a role or a statement that allows ${action}.`;
  return { allowed: false, code: 'NOT_ALLOWED', action, sentence, remedy };
}

function denied(action: Action): Decision {
  const sentence = `a statement of your policy denies ${action} here`;
  const remedy = 'Ask an administrator to take the statement away.';
  return { allowed: false, code: 'DENIED', action, sentence, remedy };
}
