import type { DomainFunction } from './domain-function.ts';
import { oneOf, wholeNumber, wrongArg } from './function-args.ts';
import type { Domain, Side } from './host.ts';

const KEY = /^[A-Za-z0-9]{16,128}$/;
const TYPES = ['no_auth', 'type_a', 'type_b', 'type_c'] as const;
type Auth = Domain['push']['auth'];

/** Signed URLs: of pushing for a push domain, of playing for a streaming domain. */
export const aliauth: DomainFunction = {
  read: (domain, side) => {
    const { type, key1, key2, validitySeconds } = domain[side].auth;
    return {
      auth_type: type,
      ...(key1 !== undefined && { auth_key1: key1 }),
      ...(key2 !== undefined && { auth_key2: key2 }),
      ali_auth_delta: String(validitySeconds),
    };
  },
  write: (domain, side, args) => {
    const type = oneOf(args, 'auth_type', TYPES);
    const now = domain[side].auth;
    const key1 = keyOf(args, 'auth_key1') ?? now.key1;
    const key2 = 'auth_key2' in args ? keyOf(args, 'auth_key2') : now.key2;
    if (type !== 'no_auth' && key1 === undefined) throw wrongArg('auth_key1', 'is missing');
    const validitySeconds = wholeNumber(args, 'ali_auth_delta', now.validitySeconds);
    return withAuth(domain, side, {
      ...{ type, validitySeconds },
      ...(key1 !== undefined && { key1 }),
      ...(key2 !== undefined && { key2 }),
    });
  },
  clear: (domain, side) => withAuth(domain, side, { ...domain[side].auth, type: 'no_auth' }),
};

function keyOf(args: Readonly<Record<string, string>>, name: string): string | undefined {
  const key = args[name]?.trim() ?? '';
  if (key === '') return undefined;
  if (!KEY.test(key)) throw wrongArg(name, 'must be 16 to 128 letters and digits');
  return key;
}

function withAuth(domain: Domain, side: Side, auth: Auth): Domain {
  return side === 'push'
    ? { ...domain, push: { ...domain.push, auth } }
    : { ...domain, play: { ...domain.play, auth } };
}
