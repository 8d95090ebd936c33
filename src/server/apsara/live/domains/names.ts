import { z } from 'zod';
import { ApsaraError, commaList, integer, text } from '../../base/index.ts';

const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** The name of a domain: a host name, in any letters. */
export const domainName = z
  .string()
  .max(253)
  .transform((name) => name.trim().toLowerCase())
  .refine((name) => HOST.test(name), { error: 'it must be a host name, such as live.example.com' });

/** Several, with commas between. */
export const domainNames = commaList.pipe(z.array(domainName).min(1).max(50, { error: 'it must be 50 names at most' }));

export const tagOfMany = z.object({ Key: text, Value: text.default('') });

export const pageNumber = integer.pipe(z.int().min(1)).default(1);
export const pageSize = (usual: number, most: number) => integer.pipe(z.int().min(1).max(most)).default(usual);

export function noDomain(name: string): ApsaraError {
  return new ApsaraError(404, 'InvalidDomain.NotFound', `The domain ${name} does not belong to you or does not exist.`);
}
