import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Amf0Value, decodeAmf0, encodeAmf0 } from '../amf/index.ts';
import { concat } from '../bytes/index.ts';
import {
  ChunkReader,
  ChunkWriter,
  decodeCommand,
  encodeCommand,
  encodeControl,
  MESSAGE_TYPE,
  type RtmpClientEvent,
  RtmpClientSession,
  type RtmpClientSessionOptions,
  type RtmpServerEvent,
  RtmpServerSession,
  type RtmpServerSessionOptions,
  serializeMessage,
} from './index.ts';

const HELLO = concat([Uint8Array.of(3), new Uint8Array(3072)]);

/** A client of ours and a server of ours with a wire between them. */
class Pair {
  readonly client: RtmpClientSession;
  readonly server: RtmpServerSession;
  readonly fromClient: RtmpClientEvent[] = [];
  readonly fromServer: RtmpServerEvent[] = [];

  constructor(options: Partial<RtmpClientSessionOptions> = {}) {
    const url = { tcUrl: 'rtmp://h/live', app: 'live', streamName: 'demo?k=v' };
    this.client = new RtmpClientSession({ randomBytes, wanted: 'publish', ...url, ...options });
    this.server = new RtmpServerSession({ randomBytes });
    this.flow();
  }

  flow(): this {
    for (let quiet = false; !quiet; ) {
      const up = this.client.takeOutput();
      for (const bytes of up) this.fromServer.push(...this.server.push(bytes));
      const down = this.server.takeOutput();
      for (const bytes of down) this.fromClient.push(...this.client.push(bytes));
      quiet = up.length === 0 && down.length === 0;
    }
    return this;
  }

  acceptPublish(): this {
    this.fromServer.push(...this.server.acceptPublish(1));
    return this.flow();
  }

  get codes(): string[] {
    return this.fromClient.flatMap((event) => (event.type === 'status' ? [event.code] : []));
  }

  get names(): string[] {
    return this.fromServer.map((event) => event.type);
  }
}

/** A server and a peer that says what no client of ours would. */
class Raw {
  readonly server: RtmpServerSession;
  readonly #writer = new ChunkWriter();
  readonly #reader = new ChunkReader();

  constructor(options: Partial<RtmpServerSessionOptions> = {}) {
    this.server = new RtmpServerSession({ randomBytes, ...options });
    this.server.push(HELLO);
    this.server.takeOutput();
  }

  send(typeId: number, payload: Uint8Array, messageStreamId = 0): RtmpServerEvent[] {
    this.#writer.write({ chunkStreamId: 3, timestamp: 0, typeId, messageStreamId, payload: [payload] });
    return this.#push(this.#writer.take());
  }

  /** As a socket does: in a Buffer, whose memory is used again at once. */
  #push(pieces: readonly Uint8Array[]): RtmpServerEvent[] {
    const bytes = Buffer.concat(pieces);
    const events = this.server.push(bytes);
    bytes.fill(0xff);
    return events;
  }

  /** Both messages in one read. */
  sendBoth(first: Uint8Array, second: Uint8Array): RtmpServerEvent[] {
    const head = { chunkStreamId: 3, timestamp: 0, messageStreamId: 1 };
    this.#writer.write({ ...head, typeId: MESSAGE_TYPE.commandAmf0, payload: [first] });
    this.#writer.write({ ...head, typeId: MESSAGE_TYPE.video, payload: [second] });
    return this.#push(this.#writer.take());
  }

  call(messageStreamId: number, name: string, transactionId: number, ...args: Amf0Value[]): RtmpServerEvent[] {
    return this.send(20, encodeCommand({ name, transactionId, args }), messageStreamId);
  }

  connect(more: Record<string, Amf0Value> = {}): this {
    this.call(0, 'connect', 1, { app: 'live', tcUrl: 'rtmp://h/live', ...more });
    return this;
  }

  publish(): this {
    this.call(1, 'publish', 5, null, 'demo', 'live');
    this.server.acceptPublish(1);
    this.replies();
    return this;
  }

  /** The commands that came back, as [message stream, name, transaction, ...]. */
  replies(): Amf0Value[][] {
    return this.messages().flatMap(({ typeId, payload, messageStreamId }) => {
      if (typeId !== 20) return [];
      const { name, transactionId, args } = decodeCommand(typeId, payload);
      return [[messageStreamId, name, transactionId, ...args]];
    });
  }

  messages() {
    return this.#reader.push(concat(this.server.takeOutput()));
  }
}

describe('publishing', () => {
  it.each([
    ['simple handshake', {}],
    ['digest handshake', { handshake: 'digest' }],
    ['chunks of one byte', { chunkSize: 1 }],
    ['extended timestamps sent once', { extendedTimestamps: 'once', chunkSize: 100 }],
    ['app and name in the key', { tcUrl: 'rtmp://h', app: '', streamName: 'live/demo?k=v' }],
    ['all in the server', { tcUrl: 'rtmp://h/live/demo?k=v', app: 'live/demo?k=v', streamName: '' }],
  ] as const)('media arrives as it was sent: %s', (_, options) => {
    const pair = new Pair(options);
    expect(pair.fromServer.at(-1)).toEqual({
      type: 'publish',
      requestId: 1,
      host: 'h',
      app: 'live',
      streamName: 'demo',
      query: 'k=v',
      publishType: 'live',
    });
    expect(pair.codes).toEqual([]);
    pair.acceptPublish();
    expect(pair.codes).toEqual(['NetStream.Publish.Start']);
    const sent = [
      { type: 'media', kind: 'data', timestamp: 0, payload: encodeAmf0('onMetaData', { width: 1 }) },
      { type: 'media', kind: 'video', timestamp: 0xfffffff0, payload: new Uint8Array(100_000).fill(1) },
      { type: 'media', kind: 'audio', timestamp: 5, payload: Uint8Array.of(0xaf, 1) },
    ] as const;
    for (const { kind, timestamp, payload } of sent) pair.client.sendMedia(kind, timestamp, payload);
    pair.client.stop();
    pair.flow();
    expect(pair.fromServer.slice(2)).toEqual([...sent, { type: 'unpublish' }]);
    expect(pair.server.ignoredMessages).toBe(0);
  });

  it('says nothing of a start before the decision', () => {
    const raw = new Raw().connect();
    raw.call(0, 'FCPublish', 3, null, 'demo');
    raw.call(1, 'publish', 5, null, 'demo', 'live');
    const before = Buffer.from(concat(raw.server.takeOutput()));
    expect(before.includes('NetStream.Publish.Start')).toBe(false);
    raw.server.acceptPublish(1);
    expect(Buffer.from(concat(raw.server.takeOutput())).includes('NetStream.Publish.Start')).toBe(true);
  });

  it('a refusal is told, and media after it are ignored up to a bound', () => {
    const raw = new Raw({ limits: { maxIgnoredMessages: 3 } }).connect();
    raw.replies();
    raw.call(1, 'publish', 5, null, 'demo', 'live');
    expect(raw.server.rejectPublish(1, 'NetStream.Publish.Denied', 'No.')).toEqual([]);
    expect(raw.replies()).toEqual([
      [1, 'onStatus', 0, null, { level: 'error', code: 'NetStream.Publish.Denied', description: 'No.' }],
    ]);
    for (let i = 1; i <= 3; i++) {
      expect(raw.send(9, Uint8Array.of(0x17), 1)).toEqual([]);
      expect(raw.server.ignoredMessages).toBe(i);
    }
    expect(() => raw.send(9, Uint8Array.of(0x17), 1)).toThrow(expect.objectContaining({ code: 'BAD_STATE' }));
  });

  it('can be asked for again after a refusal', () => {
    const raw = new Raw().connect();
    raw.call(1, 'publish', 5, null, 'demo', 'live');
    raw.server.rejectPublish(1, 'NetStream.Publish.BadName', 'Busy.');
    expect(raw.call(1, 'publish', 6, null, 'demo', 'live')).toMatchObject([{ type: 'publish', requestId: 2 }]);
  });

  it('holds what comes before the decision, and plays it back', () => {
    const raw = new Raw({ limits: { maxHeldBytes: 200 } }).connect();
    raw.call(1, 'publish', 5, null, 'demo', 'live');
    expect(raw.send(9, new Uint8Array(100), 1)).toEqual([]);
    expect(raw.server.bufferedBytes).toBe(112);
    expect(raw.server.acceptPublish(1)).toMatchObject([{ type: 'media', kind: 'video' }]);
    expect(raw.server.bufferedBytes).toBe(0);
    raw.call(0, 'deleteStream', 0, null, 1);
    raw.call(1, 'publish', 6, null, 'demo', 'live');
    expect(() => raw.send(9, new Uint8Array(200), 1)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });

  it('holds copies, whether it came with the request or after it', () => {
    const raw = new Raw().connect();
    const request = encodeCommand({ name: 'publish', transactionId: 5, args: [null, 'demo', 'live'] });
    expect(raw.sendBoth(request, Uint8Array.of(1, 2, 3))).toMatchObject([{ type: 'publish' }]);
    expect(raw.send(9, Uint8Array.of(4, 5, 6), 1)).toEqual([]);
    const held = raw.server.acceptPublish(1).flatMap((event) => (event.type === 'media' ? [...event.payload] : []));
    expect(held).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ['on another message stream', 2],
    ['on message stream 0', 0],
  ])('media %s is ignored', (_, messageStreamId) => {
    const raw = new Raw().connect().publish();
    expect(raw.send(9, Uint8Array.of(0x17), messageStreamId)).toEqual([]);
    expect(raw.server.ignoredMessages).toBe(1);
    expect(raw.send(9, Uint8Array.of(0x17), 1)).toHaveLength(1);
  });

  it('is over after endPublish', () => {
    const raw = new Raw().connect().publish();
    raw.server.endPublish('NetStream.Publish.Denied', 'Taken over.');
    expect(raw.replies()).toMatchObject([[1, 'onStatus', 0, null, { code: 'NetStream.Publish.Denied' }]]);
    expect(raw.send(9, Uint8Array.of(0x17), 1)).toEqual([]);
  });

  it('a second publish on the connection is refused', () => {
    const raw = new Raw().connect().publish();
    expect(raw.call(1, 'publish', 6, null, 'other', 'live')).toEqual([
      { type: 'refused', wanted: 'publish', reason: 'BUSY' },
    ]);
    expect(raw.send(8, Uint8Array.of(0xaf), 1)).toHaveLength(1);
  });

  it('large messages are for the accepted publisher only', () => {
    const big = new Uint8Array(70_000);
    const raw = new Raw().connect().publish();
    expect(raw.send(9, big, 1)).toHaveLength(1);
    raw.call(0, 'deleteStream', 0, null, 1);
    expect(() => raw.send(9, big, 1)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });

  it('an aggregate message is taken apart', () => {
    const raw = new Raw().connect().publish();
    const part = (typeId: number, time: number, byte: number) => [
      typeId,
      0,
      0,
      1,
      0,
      0,
      time,
      0,
      0,
      0,
      0,
      byte,
      0,
      0,
      0,
      12,
    ];
    expect(raw.send(22, Uint8Array.from([...part(9, 10, 0x17), ...part(8, 30, 0xaf)]), 1)).toEqual([
      { type: 'media', kind: 'video', timestamp: 0, payload: Uint8Array.of(0x17) },
      { type: 'media', kind: 'audio', timestamp: 20, payload: Uint8Array.of(0xaf) },
    ]);
    expect(() => raw.send(22, Uint8Array.from(part(22, 0, 0)), 1)).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE' }),
    );
  });

  it('data of type 15 loses its format byte', () => {
    const raw = new Raw().connect().publish();
    const payload = encodeAmf0('onMetaData', {});
    expect(raw.send(15, Uint8Array.from([0, ...payload]), 1)).toMatchObject([{ kind: 'data', payload }]);
  });
});

describe('playing', () => {
  it('sends the start and lets the caller write media on the stream of the event', () => {
    const pair = new Pair({ wanted: 'play' });
    expect(pair.fromServer.at(-1)).toMatchObject({
      type: 'play',
      requestId: 1,
      messageStreamId: 1,
      streamName: 'demo',
    });
    pair.server.acceptPlay(1);
    pair.flow();
    expect(pair.codes).toEqual(['NetStream.Play.Reset', 'NetStream.Play.Start']);
    const head = { chunkStreamId: 6, timestamp: 40, typeId: MESSAGE_TYPE.video, messageStreamId: 1 };
    const payload = new Uint8Array(200_000).fill(3);
    expect(pair.client.push(serializeMessage({ ...head, payload: [payload] }, pair.server.chunkSize))).toEqual([
      { type: 'media', kind: 'video', timestamp: 40, payload },
    ]);
    pair.server.endPlay();
    pair.flow();
    expect(pair.fromClient.some((event) => event.type === 'streamEof')).toBe(true);
    expect(pair.codes.slice(2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop']);
  });

  it('a player feeds nothing', () => {
    const raw = new Raw().connect();
    raw.call(1, 'play', 4, null, 'demo');
    raw.server.acceptPlay(1);
    expect(raw.send(9, Uint8Array.of(0x17), 1)).toEqual([]);
    expect(raw.server.ignoredMessages).toBe(1);
  });

  it('stops, pauses and is refused', () => {
    const raw = new Raw().connect();
    raw.call(1, 'play', 4, null, 'demo');
    raw.server.rejectPlay(1, 'NetStream.Play.StreamNotFound', 'None.');
    raw.call(1, 'play', 5, null, 'demo');
    raw.server.acceptPlay(2);
    expect(raw.call(1, 'pause', 6, null, true, 0)).toEqual([{ type: 'pause', isPaused: true }]);
    expect(raw.call(1, 'pause', 7, null, false, 0)).toEqual([{ type: 'pause', isPaused: false }]);
    expect(raw.call(1, 'closeStream', 0, null)).toEqual([{ type: 'stopPlay' }]);
    const codes = raw.replies().map((reply) => (reply[4] as { code?: string } | undefined)?.code);
    expect(codes).toContain('NetStream.Play.StreamNotFound');
    expect(codes).toContain('NetStream.Pause.Notify');
  });
});

describe('commands', () => {
  it.each([
    ['releaseStream', [null, 'demo'], [0, '_result', 9, null, undefined]],
    ['FCPublish', [null, 'demo'], [0, '_result', 9, null, undefined]],
    ['createStream', [null], [0, '_result', 9, null, 1]],
    ['getStreamLength', [null, 'demo'], [0, '_result', 9, null, 0]],
    ['_checkbw', [null], [0, '_result', 9, null, undefined]],
    ['nonsense', [null], [0, '_error', 9, null, expect.objectContaining({ code: 'NetConnection.Call.Failed' })]],
  ])('%s is answered', (name, args, reply) => {
    const raw = new Raw().connect();
    raw.replies();
    expect(raw.call(0, name, 9, ...(args as Amf0Value[]))).toEqual([]);
    expect(raw.replies()).toEqual([reply]);
    raw.call(0, 'nonsense', 0, null);
    expect(raw.replies()).toEqual([]);
  });

  it('connect is answered with what both sides know of Enhanced RTMP', () => {
    const raw = new Raw().connect({ capsEx: 15, fourCcList: ['hvc1', 'zzzz', 'Opus'], videoFourCcInfoMap: { '*': 7 } });
    expect(raw.replies()).toMatchObject([
      [
        0,
        '_result',
        1,
        {
          fmsVer: expect.any(String),
          capsEx: 1,
          fourCcList: ['hvc1', 'Opus'],
          videoFourCcInfoMap: { av01: 4, hvc1: 4 },
        },
        { code: 'NetConnection.Connect.Success', objectEncoding: 0 },
      ],
    ]);
    const plain = new Raw().connect().replies()[0]?.[3] as object;
    expect(Object.keys(plain)).toEqual(['fmsVer', 'capabilities', 'mode']);
  });

  it('reconnect is asked of those who know it', () => {
    expect(new Pair().server.requestReconnect('Restart.')).toBe(false);
    const pair = new Pair({ connectProperties: { capsEx: 1 } });
    expect(pair.server.requestReconnect('Restart.', 'rtmp://other/live')).toBe(true);
    pair.flow();
    expect(pair.fromClient.at(-1)).toEqual({
      type: 'reconnectRequest',
      tcUrl: 'rtmp://other/live',
      description: 'Restart.',
    });
  });

  it('ping brings pong, modulo 2^32, and is answered', () => {
    const pair = new Pair();
    pair.acceptPublish();
    pair.server.ping(2 ** 32 + 7);
    pair.flow();
    expect(pair.fromServer.at(-1)).toEqual({ type: 'pong', timestamp: 7 });
    const raw = new Raw();
    const { typeId, payload } = encodeControl({ type: 'pingRequest', timestamp: 9 });
    raw.send(typeId, payload);
    expect(raw.messages()).toMatchObject([{ typeId: 4, payload: Uint8Array.of(0, 7, 0, 0, 0, 9) }]);
  });

  it('bytes are acknowledged by the window of the peer', () => {
    const raw = new Raw().connect().publish();
    raw.send(5, Uint8Array.of(0, 0, 0x20, 0));
    const due: number[] = [];
    for (let i = 0; i < 8; i++) {
      raw.send(8, new Uint8Array(3000), 1);
      if (raw.messages().some((message) => message.typeId === 3)) due.push(i);
    }
    expect(due.length).toBeGreaterThanOrEqual(2);
    expect(due.length).toBeLessThan(5);
  });

  it('names that fit no rule are refused, without a request', () => {
    const raw = new Raw().connect();
    raw.replies();
    expect(raw.call(1, 'publish', 5, null, '../etc', 'live')).toEqual([
      { type: 'refused', wanted: 'publish', reason: 'BAD_NAME' },
    ]);
    expect(raw.replies()).toMatchObject([[1, 'onStatus', 0, null, { code: 'NetStream.Publish.BadName' }]]);
    expect(() => raw.server.acceptPublish(1)).toThrow(RangeError);
  });

  it('answers decode as AMF0 whoever reads them', () => {
    const raw = new Raw().connect();
    for (const { typeId, payload } of raw.messages()) if (typeId === 20) expect(decodeAmf0(payload).length).toBe(4);
  });
});

describe('a peer that does wrong gets one MalformedError', () => {
  it.each<[string, string, (raw: Raw) => void]>([
    ['a command before connect', 'BAD_STATE', (raw) => raw.call(0, 'createStream', 2, null)],
    ['a second connect', 'BAD_STATE', (raw) => raw.connect().connect()],
    ['connect without object', 'BAD_VALUE', (raw) => raw.call(0, 'connect', 1)],
    ['an empty command', 'BAD_VALUE', (raw) => raw.send(20, new Uint8Array(0))],
    ['publish of a number', 'BAD_VALUE', (raw) => raw.connect().call(1, 'publish', 5, null, 7, 'live')],
    ['play of an object', 'BAD_VALUE', (raw) => raw.connect().call(1, 'play', 5, null, {})],
    [
      'a flood of commands',
      'TOO_MANY',
      (raw) => {
        raw.connect();
        for (let i = 0; i < 5000; i++) raw.call(0, 'x', 0);
      },
    ],
    [
      'a flood of streams',
      'TOO_MANY',
      (raw) => {
        raw.connect();
        for (let i = 0; i < 5000; i++) raw.call(0, 'createStream', 2, null);
      },
    ],
    [
      'a flood of media',
      'BAD_STATE',
      (raw) => {
        for (let i = 0; i < 5000; i++) raw.send(9, Uint8Array.of(1), 1);
      },
    ],
    ['a short ping', 'SHORT_READ', (raw) => raw.send(4, Uint8Array.of(0, 6))],
  ])('%s', (_, code, attack) => {
    expect(() => attack(new Raw())).toThrow(expect.objectContaining({ name: 'MalformedError', code }));
  });

  it('a tcUrl that is no URL is no reason to end', () => {
    const raw = new Raw().connect({ tcUrl: 'not a url' });
    expect(raw.call(1, 'publish', 5, null, 'demo')).toMatchObject([{ type: 'publish', host: '', app: 'live' }]);
  });
});
