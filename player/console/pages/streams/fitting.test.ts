import { expect, it } from 'vitest';
import { readStreams } from '../../answers/read-answers.ts';
import { fitting, type Shown } from './fitting.ts';

const health = (status: string) => ({ health: { status, findings: [] } });
const streams = readStreams({
  streams: [
    { domain: 'default', app: 'live', name: 'a', state: 'publishing', isRecording: true, ...health('good') },
    { domain: 'tv', app: 'live', name: 'b', state: 'waiting', publisher: { encoder: 'OBS 30' }, ...health('bad') },
    { domain: 'tv', app: 'news', name: 'c', state: 'ended', ...health('bad') },
  ],
});

it.each<[string, Shown, string]>([
  ['', 'all', 'abc'],
  ['live', 'all', 'ab'],
  ['LIVE/b', 'all', 'b'],
  ['obs tv', 'all', 'b'],
  ['obs default', 'all', ''],
  ['', 'troubled', 'b'],
  ['', 'recorded', 'a'],
])('“%s” of %s are %s', (text, shown, names) => {
  expect(
    fitting(streams, text, shown)
      .map(({ name }) => name)
      .join(''),
  ).toBe(names);
});
