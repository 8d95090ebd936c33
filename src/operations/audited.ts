import { type Caller, type Decision, type Resource, resourceName } from '../identity/index.ts';
import type { Audited } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';

type Audit = Pick<IdentityDoor['audit'], 'record'>;
type Denied = Extract<Decision, { readonly allowed: false }>;

/** Writes down that the caller did something. */
export function noteDone(audit: Audit, caller: Caller, action: Audited, resource: Resource, detail: object = {}): void {
  const { name: actor, kind: actorKind, address, keyId } = caller;
  audit.record({
    ...{ actor, actorKind, address, action, resource: resourceName(resource), outcome: 'done' },
    detail: { ...detail, ...(keyId === undefined ? {} : { accessKeyId: keyId }) },
  });
}

/** Writes down that the caller was not allowed something; without a resource, anywhere. */
export function noteRefused(audit: Audit, caller: Caller, { action, code }: Denied, resource?: Resource): void {
  const { name: actor, kind: actorKind, address } = caller;
  const where = resource === undefined ? '*' : resourceName(resource);
  audit.record({ ...{ actor, actorKind, address, action, resource: where, outcome: 'refused', detail: { code } } });
}
