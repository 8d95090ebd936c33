import { createSocket } from 'node:dgram';
import { once } from 'node:events';

type Records = Readonly<
  Record<string, { readonly a?: readonly string[]; readonly aaaa?: readonly string[]; readonly code?: number }>
>;

const TYPES: Readonly<Record<number, 'a' | 'aaaa'>> = { 1: 'a', 28: 'aaaa' };
const NO_SUCH_NAME = 3;

/** A name server on the loopback interface that knows these names (RFC 1035); `code` is the answer of one that fails. */
export async function startDnsServer(records: Records): Promise<{ readonly address: string; close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => socket.send(answerTo(question, records), port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

function answerTo(question: Buffer, records: Records): Buffer {
  const { name, end } = nameAt(question, 12);
  const type = question.readUInt16BE(end);
  const known = records[name];
  const kind = TYPES[type];
  const addresses = (kind && known?.[kind]) ?? [];
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (known ? (known.code ?? 0) : NO_SUCH_NAME), 2);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, question.subarray(12, end + 4), ...addresses.map((each) => recordOf(type, each))]);
}

function nameAt(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function recordOf(type: number, address: string): Buffer {
  const data = Buffer.from(
    type === 1 ? address.split('.').map(Number) : groupsOf(address).flatMap((each) => [each >> 8, each & 255]),
  );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function groupsOf(address: string): number[] {
  const [before = '', after = ''] = address.split('::');
  const parse = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [parse(before), parse(after)];
  return address.includes('::') ? [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail] : head;
}
