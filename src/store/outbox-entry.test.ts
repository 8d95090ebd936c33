import { expect, it } from 'vitest';
import { type OutboxEntry, type OutboxKind, publishBracket } from './outbox-entry.ts';

const entry = (kind: OutboxKind): OutboxEntry => ({
  id: 'i',
  kind,
  sessionId: 's',
  domain: 'd',
  ingestDomain: '',
  app: 'live',
  stream: 'demo',
  atMs: 0,
  data: {},
  endpointIds: [],
});
const interruption = 'interrupted ["d","live","demo"]';

it.each([
  ['publish', { opens: 's' }],
  ['publish_done', { closes: 's' }],
  ['stream_interrupted', { opens: interruption }],
  ['stream_resumed', { closes: interruption }],
  ['stream_ended', { closes: interruption }],
  ['rendition_stopped', undefined],
  ['encoder_fallback', undefined],
] as const)('%s is a bracket for the journal: %j', (kind, bracket) => {
  expect(publishBracket(entry(kind))).toEqual(bracket);
});
