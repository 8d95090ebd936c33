import { createHmac, timingSafeEqual } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { z } from 'zod';
import { type Policy, statementSchema } from '../policy/index.ts';

/** What proves something for a time; signed, and readable by whoever has it. */
const tokenSchema = z.discriminatedUnion('typ', [
  z.object({ typ: z.literal('session'), sid: z.string(), sub: z.string(), iat: z.number(), exp: z.number() }),
  z.object({
    typ: z.literal('temporary'),
    sub: z.string(),
    /** The access key that it was made with. */
    key: z.string().optional(),
    policy: z.array(statementSchema),
    /** When it was made: `iat` has no parts of a second. */
    atMs: z.number(),
    iat: z.number(),
    exp: z.number(),
  }),
]);

export type Token = z.output<typeof tokenSchema>;

type Claims =
  | { readonly typ: 'session'; readonly sid: string; readonly sub: string }
  | {
      readonly typ: 'temporary';
      readonly sub: string;
      readonly key?: string;
      readonly policy: Policy;
      readonly atMs: number;
    };

/** Signs what this node will believe for so long (HS256). */
export function signToken(claims: Claims, key: string, wallMs: number, seconds: number): string {
  const iat = Math.floor(wallMs / 1000);
  return jsonwebtoken.sign({ ...claims, iat, exp: iat + seconds }, key, { algorithm: 'HS256' });
}

/** What commands of the machine's owner show, who may read the key; it knows no clock, as theirs may be off. */
export function ownerToken(key: string): string {
  return `owner.${createHmac('sha256', key).update('headwater owner').digest('base64url')}`;
}

export function isOwnerToken(token: string, key: string): boolean {
  const [expected, given] = [Buffer.from(ownerToken(key)), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Undefined for what is not ours, was changed, or has lapsed. */
export function readToken(token: string, key: string, wallMs: number): Token | undefined {
  try {
    const options = { algorithms: ['HS256' as const], clockTimestamp: Math.floor(wallMs / 1000) };
    return tokenSchema.safeParse(jsonwebtoken.verify(token, key, options)).data;
  } catch {
    return undefined;
  }
}
