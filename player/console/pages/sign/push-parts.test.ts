import { expect, it } from 'vitest';
import { pushParts } from './push-parts.ts';

it.each([
  ['rtmp://h/live/demo', 'rtmp://h/live', 'demo'],
  ['rtmps://h:443/prod/event/demo?auth_key=1-0-0-a', 'rtmps://h:443/prod/event', 'demo?auth_key=1-0-0-a'],
  ['rtmp://h/live/demo?key=a/b', 'rtmp://h/live', 'demo?key=a/b'],
])('%s', (url, server, streamKey) => expect(pushParts(url)).toEqual({ server, streamKey }));
