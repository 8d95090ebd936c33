import { randomBytes } from 'node:crypto';
import type { RulesInput } from '../../rules/index.ts';
import { APP, type TestDomain } from './test-domain.ts';

const newKey = () => randomBytes(16).toString('hex');

/** The one domain of a second server, and its rules. */
export function ownDomain(stream: Omit<NonNullable<RulesInput['streams']>[number], 'match'> = {}) {
  const domain: TestDomain = { name: 'drill.invalid', keys: { push: newKey(), play: newKey() }, tags: {} };
  const auth = (key1: string) => ({ auth: { type: 'type_a' as const, key1 } });
  const rules: RulesInput = {
    domains: [{ name: domain.name, push: auth(domain.keys.push), play: auth(domain.keys.play) }],
    streams: [{ match: { domain: domain.name, app: APP }, ...stream }],
  };
  return { domain, rules };
}
