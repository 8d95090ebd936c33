import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/index.ts';
import { ingestDomainOf } from './ingest-domain.ts';

const compiled = compileRules({
  domains: [
    { name: 'default' },
    { name: 'play.example.com', ingest: ['*.push.example.com', 'push.example.com'] },
    { name: 'wild.example.com', ingest: ['*.in.example.com'] },
  ],
});
if (!compiled.ok) throw new Error('the rules of this test are wrong');

describe('ingestDomainOf', () => {
  it.each([
    ['play.example.com', 'push.example.com', 'push.example.com'],
    ['play.example.com', 'PUSH.example.com:1935', 'push.example.com'],
    ['play.example.com', 'eu.push.example.com', 'eu.push.example.com'],
    ['play.example.com', 'play.example.com', 'push.example.com'],
    ['play.example.com', '192.0.2.1:1935', 'push.example.com'],
    ['play.example.com', '', 'push.example.com'],
    ['wild.example.com', 'a.in.example.com', 'a.in.example.com'],
    ['wild.example.com', 'evil|x', 'wild.example.com'],
    ['default', '127.0.0.1', 'default'],
    ['gone', 'push.example.com', 'gone'],
  ])('of %s when the encoder names %s is %s', (domain, host, expected) => {
    expect(ingestDomainOf(compiled.compiled, domain, host)).toBe(expected);
  });
});
