import { ByteReader, concat, MalformedError } from '../protocol/bytes/index.ts';
import { normaliseAddress } from './address.ts';

export type ProxyEndpoint = { readonly address: string; readonly port: number };

/** A PROXY header. Without `source` (LOCAL, UNKNOWN, UNIX) the connection's own address counts. */
export type ProxyHeader = {
  readonly version: 1 | 2;
  readonly source?: ProxyEndpoint;
  readonly destination?: ProxyEndpoint;
};

const STRUCTURE = 'PROXY header';
const V2_SIGNATURE = Uint8Array.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V1_START = new TextEncoder().encode('PROXY ');
/** Section 2.1 of the PROXY protocol: the longest line of version 1, CRLF included. */
const V1_MAX_BYTES = 107;
const V2_FIXED_BYTES = 16;
/** What HAProxy reads at most: fixed part, addresses and 520 bytes in all after the signature's block. */
const V2_MAX_BYTES = 536;

/** Reads the PROXY header, version 1 or 2, that a load balancer sends before everything else. */
export class ProxyProtocolReader {
  #held: Uint8Array = new Uint8Array(0);

  /** Undefined while more bytes are needed; afterwards the reader is done. Throws MalformedError. */
  push(bytes: Uint8Array): { readonly header: ProxyHeader; readonly rest: Uint8Array } | undefined {
    const held = concat([this.#held, bytes.subarray(0, V2_MAX_BYTES + 1)]);
    const read = startsLike(held, V2_SIGNATURE) ? readV2(held) : readV1(held);
    if (read === undefined) {
      this.#held = held;
      return undefined;
    }
    const taken = read.sizeBytes - this.#held.length;
    return { header: read.header, rest: bytes.subarray(taken) };
  }
}

type Read = { readonly header: ProxyHeader; readonly sizeBytes: number } | undefined;

/** Whether `bytes` starts with `start`, as far as it goes. */
function startsLike(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, index) => index >= bytes.length || bytes[index] === byte);
}

function readV1(bytes: Uint8Array): Read {
  if (!startsLike(bytes, V1_START)) throw new MalformedError('BAD_VALUE', STRUCTURE, 'neither version 1 nor 2');
  const line = Buffer.from(bytes.subarray(0, V1_MAX_BYTES)).toString('latin1');
  const end = line.indexOf('\r\n');
  if (end < 0) {
    if (bytes.length >= V1_MAX_BYTES) throw new MalformedError('TOO_LARGE', STRUCTURE, 'no CRLF in 107 bytes');
    return undefined;
  }
  const [, family, ...fields] = line.slice(0, end).split(' ');
  const sizeBytes = end + 2;
  if (family === 'UNKNOWN') return { header: { version: 1 }, sizeBytes };
  const [source, destination, sourcePort, destinationPort, extra] = fields;
  if ((family !== 'TCP4' && family !== 'TCP6') || extra !== undefined) {
    throw new MalformedError('BAD_VALUE', STRUCTURE, 'not PROXY TCP4|TCP6 with four fields');
  }
  const header = {
    version: 1,
    source: v1Endpoint(family, source, sourcePort),
    destination: v1Endpoint(family, destination, destinationPort),
  } as const;
  return { header, sizeBytes };
}

function v1Endpoint(family: 'TCP4' | 'TCP6', address = '', port = ''): ProxyEndpoint {
  const normal = /^[0-9a-fA-F:.]+$/.test(address) ? normaliseAddress(address) : undefined;
  const isOfFamily = address.includes(':') === (family === 'TCP6');
  const number = /^(0|[1-9]\d{0,4})$/.test(port) ? Number(port) : 65_536;
  if (normal === undefined || !isOfFamily || number > 65_535) {
    throw new MalformedError('BAD_VALUE', STRUCTURE, 'bad address or port');
  }
  return { address: normal, port: number };
}

function readV2(bytes: Uint8Array): Read {
  if (bytes.length < V2_FIXED_BYTES) return undefined;
  const reader = new ByteReader(bytes, STRUCTURE);
  reader.skip(V2_SIGNATURE.length);
  const versionAndCommand = reader.u8();
  const familyAndTransport = reader.u8();
  const length = reader.u16();
  const command = versionAndCommand % 16;
  if (Math.floor(versionAndCommand / 16) !== 2 || command > 1) {
    throw new MalformedError('BAD_VALUE', STRUCTURE, `version and command 0x${versionAndCommand.toString(16)}`);
  }
  const sizeBytes = V2_FIXED_BYTES + length;
  if (sizeBytes > V2_MAX_BYTES) throw new MalformedError('TOO_LARGE', STRUCTURE, `${length} bytes declared`);
  if (bytes.length < sizeBytes) return undefined;
  const addresses = new ByteReader(reader.bytes(length), STRUCTURE);
  const header: ProxyHeader = { version: 2, ...(command === 1 ? v2Endpoints(addresses, familyAndTransport) : {}) };
  return { header, sizeBytes };
}

function v2Endpoints(reader: ByteReader, familyAndTransport: number): Omit<ProxyHeader, 'version'> {
  const isTcp = familyAndTransport === 0x11 || familyAndTransport === 0x21;
  // UNSPEC and UNIX name no internet address; UDP cannot carry what we serve.
  if (!isTcp) return {};
  const width = familyAndTransport === 0x11 ? 4 : 16;
  const source = addressText(reader.bytes(width));
  const destination = addressText(reader.bytes(width));
  const sourcePort = reader.u16();
  return {
    source: { address: source, port: sourcePort },
    destination: { address: destination, port: reader.u16() },
  };
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const reader = new ByteReader(bytes, STRUCTURE);
  const groups = Array.from({ length: 8 }, () => reader.u16().toString(16)).join(':');
  return normaliseAddress(groups) ?? groups;
}
