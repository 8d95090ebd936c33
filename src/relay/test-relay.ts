import { TestClock } from '../live/test-clock.ts';
import type { Entrance, Entry, EntryRequest } from './pull.ts';
import type { Source, SourceListener, SourceMedia } from './source.ts';

export const PICTURE: SourceMedia = { kind: 'video', timestamp: 0, payload: new Uint8Array([0x17]) };

export type OpenedSource = { readonly url: string; readonly listener: SourceListener; isClosed: boolean };

/** Sources and a way in of a test's own, with its clock. */
export function testRelay() {
  const clock = new TestClock();
  const sources: OpenedSource[] = [];
  const heard: string[] = [];
  const entries: EntryRequest[] = [];
  let obstacle: string | undefined;
  let answers: Promise<void> | undefined;
  const entrance: Entrance = {
    obstacle: () => obstacle,
    enter(request) {
      entries.push(request);
      const entry: Entry = {
        media: ({ kind }) => heard.push(kind),
        lost: () => heard.push('lost'),
        unpublish: () => heard.push('unpublish'),
      };
      return answers ? answers.then(() => entry) : entry;
    },
  };
  const open = (url: string, listener: SourceListener): Source => {
    const source: OpenedSource = { url, listener, isClosed: false };
    sources.push(source);
    return {
      by: 'test',
      address: '',
      close: () => {
        source.isClosed = true;
      },
    };
  };
  return {
    ...{ clock, sources, heard, entries, entrance, open },
    urls: () => sources.map(({ url }) => url),
    last: () => sources.at(-1) as OpenedSource,
    /** The way in opens when that is resolved. */
    enterAfter: (promise: Promise<void>) => {
      answers = promise;
    },
    block: (reason: string | undefined) => {
      obstacle = reason;
    },
  };
}
