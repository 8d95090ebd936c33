import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, MalformedError } from '../../src/protocol/bytes/index.ts';
import {
  ChunkReader,
  ChunkWriter,
  RtmpClientSession,
  type RtmpMessage,
  type RtmpServerEvent,
  RtmpServerSession,
} from '../../src/protocol/rtmp/index.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 5);
const until = { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000 };
const corpus = new URL('corpus/rtmp/', import.meta.url);
const captures = new URL('../fixtures/captures/', import.meta.url);

const HELLO = concat([Uint8Array.of(3), new Uint8Array(3072)]);
/** What a stranger may make a connection hold: four messages of 64 KiB, and the input behind a request. */
const MAX_STRANGER_BYTES = 4 * 65_536 + 1024 * 1024;

type Outcome = { readonly events: RtmpServerEvent[]; readonly error: unknown; readonly bufferedBytes: number };

/** Speaks to a server that accepts all requests; only MalformedError may come of it. */
function speak(bytes: Uint8Array, size = 1000): Outcome {
  const session = new RtmpServerSession({ randomBytes });
  session.push(HELLO);
  const events: RtmpServerEvent[] = [];
  let bufferedBytes = 0;
  const take = (some: readonly RtmpServerEvent[]) => {
    events.push(...some);
    bufferedBytes = Math.max(bufferedBytes, session.bufferedBytes);
    for (const event of some) {
      if (event.type === 'publish') take(session.acceptPublish(event.requestId));
      if (event.type === 'play') take(session.acceptPlay(event.requestId));
    }
  };
  try {
    for (let at = 0; at < bytes.length; at += size) take(session.push(bytes.subarray(at, at + size)));
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
    return { events, error, bufferedBytes: Math.max(bufferedBytes, session.bufferedBytes) };
  }
  return { events, error: undefined, bufferedBytes };
}

function readAll(bytes: Uint8Array): RtmpMessage[] {
  const reader = new ChunkReader();
  reader.feed(bytes);
  const messages: RtmpMessage[] = [];
  try {
    for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
  }
  return messages;
}

function writeAll(messages: readonly RtmpMessage[]): Uint8Array {
  const writer = new ChunkWriter();
  for (const message of messages) writer.write({ ...message, payload: [message.payload] });
  return concat(writer.take());
}

describe('RTMP probes', () => {
  it.each(readdirSync(corpus))('%s', (file) => {
    const bytes = readFileSync(new URL(file, corpus));
    for (const size of [1, 7, 100_000]) {
      const { events, error, bufferedBytes } = speak(bytes, size);
      expect(error instanceof MalformedError).toBe(file.startsWith('malformed-'));
      expect(events.some((event) => event.type === 'media')).toBe(file.startsWith('media-'));
      expect(bufferedBytes).toBeLessThanOrEqual(MAX_STRANGER_BYTES);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('RTMP: nothing but MalformedError is thrown', () => {
  const likely = fc.array(fc.oneof(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 8, 9, 20, 0x42, 0xc3, 0xff), fc.nat(255)), {
    maxLength: 400,
  });
  const files = readdirSync(captures).map((file) => readFileSync(new URL(file, captures)).subarray(3073, 20_000));
  const seeds = [...files, ...readdirSync(corpus).map((file) => readFileSync(new URL(file, corpus)))];
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 8 }),
      fc.tuple(fc.nat(2000), fc.nat(40)),
    )
    .map(([seed, changes, [cutAt, cutLength]]) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return concat([bytes.subarray(0, cutAt), bytes.subarray(cutAt + cutLength)]);
    });

  it('random bytes as handshake', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), fc.boolean(), (bytes, isVersionRight) => {
        const session = new RtmpServerSession({ randomBytes });
        if (isVersionRight) bytes[0] = 3;
        try {
          session.push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      until,
    );
  });

  it('random bytes after the handshake', () => {
    fc.assert(
      fc.property(likely, fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        expect(speak(Uint8Array.from(bytes), size).bufferedBytes).toBeLessThanOrEqual(MAX_STRANGER_BYTES);
      }),
      until,
    );
  });

  it('captures and probes with bytes changed and cut out', () => {
    fc.assert(
      fc.property(mutated, fc.integer({ min: 1, max: 5000 }), (bytes, size) => {
        speak(bytes, size);
      }),
      until,
    );
  });

  it('the same in a client', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const url = { tcUrl: 'rtmp://h/live', app: 'live', streamName: 'demo' };
        const session = new RtmpClientSession({ randomBytes, wanted: 'play', ...url });
        try {
          session.push(HELLO);
          session.push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      until,
    );
  });

  it('what the chunk reader reads, the writer writes and the reader reads again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          likely.map((bytes) => Uint8Array.from(bytes)),
          mutated,
        ),
        (bytes) => {
          const messages = readAll(bytes);
          expect(readAll(writeAll(messages))).toEqual(messages);
        },
      ),
      until,
    );
  });
});
