// What fan-out costs in Node with nothing around it: an FLV file, looped in real time from memory, one shared Buffer
// per flush, one `socket.write` per viewer. The yardstick that the server's own fan-out is held against.
//   node plain-node-fanout.mjs --file clip.flv --port P [--window MS]   (window 0: a flush per video frame)
import fs from 'node:fs';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { file: { type: 'string' }, port: { type: 'string' }, window: { type: 'string', default: '0' } },
});
const windowMs = Number(values.window);
const LIMIT_BYTES = 8_000_000;
setTimeout(() => process.exit(0), 600_000).unref();
process.on('SIGTERM', () => process.exit(0));

const file = fs.readFileSync(values.file);
const tags = [];
const parameters = [Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0', 'latin1')];
let durationMs = 0;
for (let at = 13, last = 0; at + 15 <= file.length; ) {
  const size = file.readUIntBE(at + 1, 3);
  const type = file[at] & 31;
  const ms = file.readUIntBE(at + 4, 3) + file[at + 7] * 2 ** 24;
  const raw = file.subarray(at, at + 15 + size);
  const isParameters = type === 18 || raw[12] === 0;
  const isEnd = type === 9 && raw[12] === 2;
  at += 15 + size;
  if (isParameters) parameters.push(raw);
  else if (!isEnd) {
    tags.push({ type, ms, raw, isKey: type === 9 && raw[11] >> 4 === 1 });
    if (type === 9) {
      durationMs = ms + (ms - last);
      last = ms;
    }
  }
}

const SEI = Buffer.from([0, 0, 0, 36, 6, 5, 32, ...Buffer.from('LVBSTAMP-uuid016'), ...Buffer.alloc(16, 48), 0x80]);
/** The tag at a new time; a video frame gets a SEI with the time it is due, for the load client's latency. */
function stamped(tag, ms, dueUs) {
  const extra = tag.type === 9 ? 40 : 0;
  const size = tag.raw.length - 15 + extra;
  const bytes = Buffer.allocUnsafe(tag.raw.length + extra);
  bytes[0] = tag.type;
  bytes.writeUIntBE(size, 1, 3);
  bytes.writeUIntBE(ms & 0xffffff, 4, 3);
  bytes[7] = ms >>> 24;
  bytes.writeUIntBE(0, 8, 3);
  if (extra) {
    tag.raw.copy(bytes, 11, 11, 16);
    SEI.copy(bytes, 16);
    bytes.write(dueUs.toString(16).padStart(16, '0'), 16 + 23, 'latin1');
    tag.raw.copy(bytes, 56, 16, tag.raw.length - 4);
  } else tag.raw.copy(bytes, 11, 11, tag.raw.length - 4);
  bytes.writeUInt32BE(size + 11, size + 11);
  return bytes;
}

const viewers = [];
let group = [];
let held = [];
let next = 0;
let loop = 0;
const startUs = process.hrtime.bigint() / 1000n;
const startMs = performance.now();

function due() {
  const nowMs = performance.now() - startMs;
  for (;;) {
    if (next === tags.length) {
      next = 0;
      loop++;
    }
    const tag = tags[next];
    const ms = tag.ms + loop * durationMs;
    if (ms > nowMs) return;
    next++;
    const bytes = stamped(tag, ms, startUs + BigInt(ms) * 1000n);
    if (tag.isKey) group = [];
    group.push(bytes);
    held.push({ bytes, isVideo: tag.type === 9 });
  }
}

function flush() {
  due();
  if (held.length === 0 || (windowMs === 0 && !held.some((each) => each.isVideo))) return;
  const merged = Buffer.concat(held.map((each) => each.bytes));
  held = [];
  for (const socket of viewers) if (socket.writableLength < LIMIT_BYTES) socket.write(merged);
}

const stepMs = windowMs || 5;
let at = performance.now();
(function tick() {
  flush();
  at += stepMs;
  setTimeout(tick, Math.max(0, at - performance.now()));
})();

net
  .createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.resume();
      const head = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nConnection: close\r\n\r\n', 'latin1');
      socket.write(Buffer.concat([head, ...parameters, ...group]));
      viewers.push(socket);
      socket.on('close', () => viewers.splice(viewers.indexOf(socket), 1));
    });
  })
  .listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 });
