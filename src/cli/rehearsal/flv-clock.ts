const FILE_HEADER_BYTES = 9;
const TAG_HEADER_BYTES = 11;
/** Of a payload: the codec, and whether it is a header. */
const KIND_BYTES = 2;
const PREVIOUS_SIZE_BYTES = 4;
const VIDEO = 9;
const AUDIO = 8;
const AVC = 7;
const AAC = 10;
const ENHANCED_AUDIO = 9;

/** Follows the times of an FLV stream without holding its media: how far what has come reaches. */
export class FlvClock {
  /** Of the header under way; a payload is passed over. */
  readonly #header = Buffer.alloc(TAG_HEADER_BYTES + KIND_BYTES);
  #headerBytes = 0;
  #wantedBytes = FILE_HEADER_BYTES;
  #skipBytes = 0;
  #firstMs: number | undefined;
  #lastMs = 0;

  /** The media that the bytes bring beyond all before, in milliseconds. Throws when this is no FLV. */
  push(bytes: Uint8Array): number {
    const beforeMs = this.reachMs;
    let at = 0;
    while (at < bytes.length) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, bytes.length - at);
        this.#skipBytes -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(this.#wantedBytes - this.#headerBytes, bytes.length - at);
      this.#header.set(bytes.subarray(at, at + taken), this.#headerBytes);
      this.#headerBytes += taken;
      at += taken;
      if (this.#headerBytes === this.#wantedBytes) this.#endHeader();
    }
    return this.reachMs - beforeMs;
  }

  /** From the first to the last time seen. */
  get reachMs(): number {
    return this.#firstMs === undefined ? 0 : this.#lastMs - this.#firstMs;
  }

  #endHeader(): void {
    const header = this.#header;
    if (this.#wantedBytes === FILE_HEADER_BYTES) {
      if (header.toString('latin1', 0, 3) !== 'FLV') throw new Error('no FLV');
      this.#next(PREVIOUS_SIZE_BYTES);
      return;
    }
    const sizeBytes = header.readUIntBE(1, 3);
    if (sizeBytes >= KIND_BYTES && this.#wantedBytes === TAG_HEADER_BYTES) {
      this.#wantedBytes += KIND_BYTES;
      return;
    }
    this.#next(sizeBytes - (this.#wantedBytes - TAG_HEADER_BYTES) + PREVIOUS_SIZE_BYTES);
    if (sizeBytes < KIND_BYTES || !isMedia(header)) return;
    const timestampMs = header.readUInt8(7) * 0x1_00_00_00 + header.readUIntBE(4, 3);
    this.#firstMs ??= timestampMs;
    this.#lastMs = Math.max(this.#lastMs, timestampMs);
  }

  #next(skipBytes: number): void {
    this.#headerBytes = 0;
    this.#wantedBytes = TAG_HEADER_BYTES;
    this.#skipBytes = skipBytes;
  }
}

/** Sequence headers carry any time. */
function isMedia(header: Buffer): boolean {
  const [type, codec, packet] = [header.readUInt8(0), header.readUInt8(11), header.readUInt8(12)];
  if (type === VIDEO) return (codec & 0x80) === 0 ? (codec & 0x0f) !== AVC || packet !== 0 : (codec & 0x0f) !== 0;
  if (type !== AUDIO) return false;
  if (codec >> 4 === ENHANCED_AUDIO) return (codec & 0x0f) !== 0;
  return codec >> 4 !== AAC || packet !== 0;
}
