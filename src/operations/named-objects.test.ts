import { expect, it } from 'vitest';
import { namedObjects } from './named-objects.ts';

const seen = (value: unknown) =>
  namedObjects(value).map((each) => (each.kind === 'storage' ? `${each.storage}/${each.object}` : each.kind));

it.each([
  [
    'a source and an output',
    { source: { storage: 'in', object: 'a.mp4' }, output: { storage: 'out', prefix: 'b/' } },
    ['in/a.mp4', 'out/b/*'],
  ],
  ['a storage without a name', { output: { storage: 'out' } }, ['out/*']],
  [
    'lists',
    {
      parts: [
        { storage: 'a', object: '1' },
        { storage: 'b', object: '2' },
      ],
    },
    ['a/1', 'b/2'],
  ],
  [
    'an output of MPS',
    { input: { Bucket: 'in', Object: 'a%20b.mp4' }, bucket: 'out', output: { OutputObject: 'c%2Fd.mp4' } },
    ['out/c/d.mp4', 'in/a b.mp4'],
  ],
  [
    'what is carried as text',
    { config: '{"OutputFile":{"Bucket":"out","Object":"{Count}.jpg"}}' },
    ['out/{Count}.jpg'],
  ],
  [
    'files and addresses',
    { source: { file: '/mnt/a.mp4' }, next: { url: 'https://a.test/b.mp4' }, text: '{ no JSON' },
    ['server'],
  ],
])('namedObjects finds %s', (_, value, expected) => {
  expect(seen(value)).toEqual(expected);
});
