import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config/index.ts';
import { StoreError } from '../store/index.ts';
import { errorText, exitCodeOf } from './error-text.ts';
import { CliError } from './installation/index.ts';

describe('errorText and exitCodeOf', () => {
  it.each<[unknown, string, number]>([
    [new CliError('no such thing', 'Make it.'), 'headwater: no such thing. Make it.\n', 1],
    [new CliError('no such thing.', 'Make it.', { exitCode: 2 }), 'headwater: no such thing. Make it.\n', 2],
    [new StoreError('STORE_CLOSED', 'it is closed', 'Open it.'), 'headwater: it is closed. Open it.\n', 1],
    [new ConfigError([{ source: 'f', key: 'k', message: 'm' }]), 'the configuration cannot be used:\n  f: k: m\n', 2],
    [
      Object.assign(new Error('ENOSPC: x'), { code: 'ENOSPC' }),
      'headwater: ENOSPC: x. The disk is full: free some space.\n',
      1,
    ],
    [new TypeError('odd'), 'headwater: unexpected: odd. Report it as a fault of Headwater if it comes again.\n', 1],
    ['odd', 'headwater: unexpected: odd. Report it as a fault of Headwater if it comes again.\n', 1],
  ])('%s', (error, text, code) => {
    expect(errorText(error)).toBe(text);
    expect(exitCodeOf(error)).toBe(code);
  });

  it('shows no secret of an unexpected error', () => {
    expect(errorText(new Error('cannot reach postgres://me:hunter22@host/db'))).not.toContain('hunter22');
  });
});
