import { writeFileSync } from 'node:fs';
import { type Amf0Object, type Amf0Value, encodeAmf0 } from '../../src/protocol/amf/index.ts';
import { concat } from '../../src/protocol/bytes/index.ts';
import { serializeMessage } from '../../src/protocol/rtmp/index.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const message = (typeId: number, messageStreamId: number, payload: Uint8Array, timestamp = 0) =>
  serializeMessage({ chunkStreamId: 3, timestamp, typeId, messageStreamId, payload: [payload] }, 128);
const call = (messageStreamId: number, ...values: Amf0Value[]) => message(20, messageStreamId, encodeAmf0(...values));
const byteOf = (value: number) => value.toString(16).padStart(2, '0');

const CONNECT = call(0, 'connect', 1, { app: 'live', tcUrl: 'rtmp://127.0.0.1/live' });
const CREATE = call(0, 'createStream', 2, null);
const PUBLISH = call(1, 'publish', 3, null, 'demo', 'live');
const PLAY = call(1, 'play', 3, null, 'demo');
const VIDEO = message(9, 1, hex('1701000000'));
const amfDeep = (levels: number) => hex(`02 0007 636f6e6e656374 00 3ff0000000000000 ${'03 0001 61 '.repeat(levels)}`);
const nested = (depth: number): Amf0Object => (depth === 0 ? {} : { a: nested(depth - 1) });

/** What a peer says after its handshake; the name says what must come of it. */
const probes: Readonly<Record<string, readonly Uint8Array[]>> = {
  'malformed-connect-without-object': [call(0, 'connect', 1)],
  'malformed-connect-null': [call(0, 'connect', 1, null)],
  'malformed-connect-app-number': [call(0, 'connect', 1, { app: 1 })],
  'malformed-command-empty': [CONNECT, message(20, 0, new Uint8Array(0))],
  'malformed-command-amf3-empty': [CONNECT, message(17, 0, new Uint8Array(0))],
  'malformed-command-name-number': [CONNECT, call(0, 1, 1)],
  'malformed-command-transaction-object': [CONNECT, call(0, 'play', {})],
  'malformed-command-before-connect': [CREATE],
  'malformed-publish-number': [CONNECT, CREATE, call(1, 'publish', 3, null, 7, 'live')],
  'malformed-publish-array': [CONNECT, CREATE, call(1, 'publish', 3, null, [], 'live')],
  'malformed-play-boolean': [CONNECT, CREATE, call(1, 'play', 3, null, true)],
  'malformed-delete-stream-text': [CONNECT, CREATE, call(0, 'deleteStream', 3, null, 'x')],
  'malformed-amf-nested-1000': [message(20, 0, amfDeep(1000))],
  'malformed-amf-nested-whole': [CONNECT, call(0, 'x', 1, nested(40))],
  'malformed-amf-values-5000': [CONNECT, message(20, 0, new Uint8Array(5000).fill(5))],
  'malformed-amf-array-4-billion': [CONNECT, message(20, 0, hex('02 0001 78 00 0000000000000000 0a ffffffff'))],
  'malformed-amf-long-string-4-gb': [CONNECT, message(20, 0, hex('0c ffffffff 61'))],
  'malformed-amf-reference': [CONNECT, message(20, 0, hex('02 0001 78 00 0000000000000000 07 0000'))],
  'malformed-amf-cut': [CONNECT, message(20, 0, hex('02 0004 706c'))],
  'malformed-chunk-type-3-first': [hex('c3 00')],
  'malformed-chunk-type-2-first': [hex('83 000000')],
  'malformed-chunk-size-0': [hex('02 000000 000004 01 00000000 00000000')],
  'malformed-chunk-size-negative': [hex('02 000000 000004 01 00000000 80000001')],
  'malformed-message-16-mb': [hex('04 000000 ffffff 09 01000000')],
  'malformed-message-65-kb-before-publish': [hex('04 000000 010001 09 01000000')],
  'malformed-150-chunk-streams-16-mb': [
    ...Array.from({ length: 150 }, (_, i) => hex(`00 ${byteOf(i)} 000000 00ffff 09 01000000 ${'00'.repeat(128)}`)),
  ],
  'malformed-150-chunk-streams-empty': [
    ...Array.from({ length: 150 }, (_, i) => hex(`00 ${byteOf(i)} 000000 000000 09 01000000`)),
  ],
  'malformed-control-empty': [message(4, 0, new Uint8Array(0))],
  'malformed-window-ack-short': [message(5, 0, hex('00'))],
  'ignored-tc-url-not-a-url': [call(0, 'connect', 1, { app: 'live', tcUrl: 'not a url' }), CREATE],
  'ignored-proto-keys': [call(0, 'connect', 1, { app: 'live', ['__proto__']: { polluted: true } })],
  'ignored-name-dots': [CONNECT, CREATE, call(1, 'publish', 3, null, '../../etc/passwd', 'live')],
  'ignored-name-null-byte': [CONNECT, CREATE, call(1, 'publish', 3, null, 'a\0b', 'live')],
  'ignored-name-long': [CONNECT, CREATE, call(1, 'publish', 3, null, 'a'.repeat(5000), 'live')],
  'ignored-video-without-publish': [CONNECT, CREATE, VIDEO, VIDEO],
  'ignored-video-of-a-player': [CONNECT, CREATE, PLAY, VIDEO],
  'ignored-video-on-other-stream': [CONNECT, CREATE, PUBLISH, message(9, 2, hex('1701000000'))],
  'ignored-unknown-command': [CONNECT, call(0, 'constructor', 9, null), call(0, '__proto__', 9, null)],
  'ignored-unknown-type': [CONNECT, message(99, 0, hex('00'))],
  'ignored-abort-of-unknown': [hex('02 000000 000004 02 00000000 0000ffff')],
  'ignored-chunk-size-1': [hex('02 000000 000004 01 00000000 00000001')],
  'ignored-fresh-header-amid-message': [
    hex(`04 000000 001000 08 01000000 ${'00'.repeat(128)} 04 000000 000000 08 01000000`),
  ],
  'media-after-timestamp-wrap': [
    CONNECT,
    CREATE,
    PUBLISH,
    message(9, 1, hex('17'), 0xffffffff),
    message(9, 1, hex('27'), 5),
  ],
};

for (const [name, pieces] of Object.entries(probes)) {
  writeFileSync(new URL(`corpus/rtmp/${name}.bin`, import.meta.url), concat(pieces));
}
