import { describe, expect, it } from 'vitest';
import { encodeAmf0 } from '../amf/index.ts';
import { parseConnect, parsePublishType, parseStatus, parseStreamId, parseStreamName } from './command.ts';
import { type ControlMessage, decodeCommand, decodeControl, encodeCommand, encodeControl } from './index.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

const controls: readonly [number, string, ControlMessage][] = [
  [1, '00010000', { type: 'setChunkSize', sizeBytes: 65_536 }],
  [2, '00000005', { type: 'abort', chunkStreamId: 5 }],
  [3, 'ffffffff', { type: 'acknowledgement', sequenceNumber: 0xffffffff }],
  [4, '000000000001', { type: 'streamBegin', messageStreamId: 1 }],
  [4, '000100000001', { type: 'streamEof', messageStreamId: 1 }],
  [4, '000200000001', { type: 'streamDry', messageStreamId: 1 }],
  [4, '00030000000100000bb8', { type: 'setBufferLength', messageStreamId: 1, durationMs: 3000 }],
  [4, '0006fffffffe', { type: 'pingRequest', timestamp: 0xfffffffe }],
  [4, '000700000007', { type: 'pingResponse', timestamp: 7 }],
  [4, '001f', { type: 'unknownUserControl', eventType: 31 }],
  [5, '002625a0', { type: 'windowAckSize', sizeBytes: 2_500_000 }],
  [6, '002625a002', { type: 'setPeerBandwidth', sizeBytes: 2_500_000, limitType: 2 }],
];

describe('control messages', () => {
  it.each(controls)('type %i, %s', (typeId, payload, message) => {
    expect(decodeControl(typeId, hex(payload))).toEqual(message);
    expect(encodeControl(message)).toEqual({ typeId, payload: hex(payload) });
  });

  it.each([1, 2, 3, 4, 5, 6])('an empty payload of type %i is refused', (typeId) => {
    expect(() => decodeControl(typeId, new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'SHORT_READ' }));
  });
});

describe('commands', () => {
  it('are read back, also behind the format byte of type 17', () => {
    const command = { name: 'play', transactionId: 4, args: [null, 'demo', -2000] };
    const payload = encodeCommand(command);
    expect(decodeCommand(20, payload)).toEqual(command);
    expect(decodeCommand(17, Uint8Array.from([0, ...payload]))).toEqual(command);
    expect(decodeCommand(17, payload)).toEqual(command);
  });

  it('take null for transaction 0', () => {
    expect(decodeCommand(20, encodeAmf0('closeStream', null)).transactionId).toBe(0);
  });

  it.each([
    ['an empty body', []],
    ['a number for name', [1, 1]],
    ['a text for transaction id', ['play', 'one']],
  ])('are refused with %s', (_, values) => {
    expect(() => decodeCommand(20, encodeAmf0(...values))).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
  });

  it.each([
    ['connect without object', () => parseConnect({ name: 'connect', transactionId: 1, args: [] })],
    ['connect with null', () => parseConnect({ name: 'connect', transactionId: 1, args: [null] })],
    ['app as object', () => parseConnect({ name: 'connect', transactionId: 1, args: [{ app: {} }] })],
    ['publish of a number', () => parseStreamName({ name: 'publish', transactionId: 5, args: [null, 7] })],
    ['publish type as array', () => parsePublishType({ name: 'publish', transactionId: 5, args: [null, 'a', []] })],
    ['deleteStream of a text', () => parseStreamId({ name: 'deleteStream', transactionId: 5, args: [null, 'a'] })],
  ])('%s is refused', (_, parse) => {
    expect(parse).toThrow(expect.objectContaining({ name: 'MalformedError', code: 'BAD_VALUE' }));
  });

  it('leave out what they may', () => {
    expect(parseStreamName({ name: 'publish', transactionId: 5, args: [null, null] })).toBe('');
    expect(parsePublishType({ name: 'publish', transactionId: 5, args: [] })).toBe('live');
    expect(parseStatus({ name: 'onStatus', transactionId: 0, args: [null, 3] })).toEqual({
      level: '',
      code: '',
      description: '',
    });
    expect(
      parseConnect({ name: 'connect', transactionId: 1, args: [{ fourCcList: ['av01', 3], capsEx: 'x' }] }),
    ).toMatchObject({
      app: '',
      capsEx: 0,
      fourCcList: ['av01'],
    });
  });
});
