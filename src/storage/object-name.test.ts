import { join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.ts';
import { checkObjectName, checkPrefix, isObjectName } from './object-name.ts';

const root = resolve('/srv/objects');

/** What an attacker puts together: dots, slashes, backslashes, NUL, encodings, long and odd text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '.',
        '..',
        '/',
        '//',
        '\\',
        '\0',
        '%2e%2e',
        '%2f',
        '~',
        ' ',
        '\n',
        '\u2028',
        '．．',
        '/etc/passwd',
      ),
      fc.constantFrom('C:', '\\\\server\\share', 'file://', '\ud800', '.partial', 'a'.repeat(256), '\u202e'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

describe('checkObjectName', () => {
  it.each([
    'live/demo/1795212234.jpg',
    'a',
    '.hidden/..two',
    'Ärger/日本/a b+%#?&=~.mp4',
    '...',
    `${'a'.repeat(255)}/b`,
    'a/.partial/b',
  ])('takes %s as it is', (name) => expect(checkObjectName(name)).toBe(name));

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/..',
    'a/../../b',
    'a/./b',
    'a\\b',
    '..\\a',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a\u0085b',
    'a\u2028b',
    'a\ud800b',
    'a'.repeat(256),
    'ä'.repeat(128),
    `${'a/'.repeat(512)}b`,
    '.partial/a',
    '.partial',
  ])('refuses %j', (name) => {
    expect(() => checkObjectName(name)).toThrow(expect.objectContaining({ code: 'OBJECT_NAME_INVALID' }));
    expect(isObjectName(name)).toBe(false);
  });

  it('lets no name leave the root, whatever it is made of', () => {
    const storage = new FolderStorage('test', root);
    fc.assert(
      fc.property(hostile, (name) => {
        if (!isObjectName(name)) return;
        const file = storage.fileOf(name);
        // Not only below the root: exactly where the name says, so that no two names meet.
        expect(file).toBe(root + sep + name.split('/').join(sep));
        expect(resolve(file)).toBe(file);
        expect(file).not.toContain('\0');
      }),
      { numRuns: 5_000 },
    );
  });

  it('lets no prefix leave the root either', () => {
    fc.assert(
      fc.property(hostile, (prefix) => {
        try {
          checkPrefix(prefix);
        } catch {
          return;
        }
        const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
        expect(join(root, folder)).toBe(root + (folder === '' ? '' : `/${folder}`));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('checkPrefix', () => {
  it.each(['', 'a', 'a/', 'a/b', 'a/.', 'a/..', '..'])('takes %j, which can be cut from a name', (prefix) => {
    expect(checkPrefix(prefix)).toBe(prefix);
  });

  it.each(['/', 'a//', 'a/../', '../', './', 'a\\', '.partial/'])('refuses %j', (prefix) => {
    expect(() => checkPrefix(prefix)).toThrow(expect.objectContaining({ code: 'OBJECT_NAME_INVALID' }));
  });
});
