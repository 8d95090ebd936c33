const PACKET_BYTES = 188;
const VIDEO_STREAM_IDS = [0xe0, 0xef] as const;
const CLOCK_WRAP = 2 ** 33;

/** A PES packet of a transport stream, read here once more, without the code that wrote it. */
export type TsFrame = { readonly kind: 'video' | 'audio'; readonly ptsMs: number; readonly data: Uint8Array };

/** All frames of a segment. Sound comes with several ADTS frames in one PES packet: the first of them has the time. */
export function tsFrames(segment: Uint8Array): TsFrame[] {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
  const open = new Map<number, Buffer[]>();
  const frames: TsFrame[] = [];
  const close = (pid: number) => {
    const pieces = open.get(pid);
    if (pieces) frames.push(...frameOf(Buffer.concat(pieces)));
    open.delete(pid);
  };
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
    if (bytes[at] !== 0x47) throw new Error(`no sync byte at ${at}`);
    const pid = bytes.readUInt16BE(at + 1) & 0x1fff;
    const hasAdaptation = ((bytes[at + 3] ?? 0) & 0x20) !== 0;
    const from = at + 4 + (hasAdaptation ? 1 + (bytes[at + 4] ?? 0) : 0);
    const payload = bytes.subarray(from, at + PACKET_BYTES);
    const isStart = ((bytes[at + 1] ?? 0) & 0x40) !== 0;
    if (isStart) close(pid);
    if (isStart && payload.length > 14 && payload.readUIntBE(0, 3) === 1) open.set(pid, [payload]);
    else open.get(pid)?.push(payload);
  }
  for (const pid of [...open.keys()]) close(pid);
  return frames;
}

function frameOf(pes: Buffer): TsFrame[] {
  const streamId = pes[3] ?? 0;
  const isVideo = streamId >= VIDEO_STREAM_IDS[0] && streamId <= VIDEO_STREAM_IDS[1];
  const data = pes.subarray(9 + (pes[8] ?? 0));
  const ptsMs = timeOf(pes.subarray(9)) / 90;
  if (isVideo) return [{ kind: 'video', ptsMs, data }];
  // An ADTS header of 7 bytes says how long its frame is.
  const sizeBytes = (data.readUIntBE(3, 3) >> 5) & 0x1fff;
  return [{ kind: 'audio', ptsMs, data: data.subarray(0, sizeBytes) }];
}

function timeOf(field: Buffer): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = field;
  return (((a >> 1) & 7) * 2 ** 30 + (b << 22) + ((c >> 1) << 15) + (d << 7) + (e >> 1)) % CLOCK_WRAP;
}
