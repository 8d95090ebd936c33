import { ByteWriter } from '../protocol/bytes/index.ts';
import { flvFraming } from './flv-framing.ts';
import type { Framing } from './framing.ts';

const FINAL_BINARY = 0x82;

/** The FLV feed in WebSocket messages: one unmasked binary frame per flush (RFC 6455, 5.2), shared by all viewers. */
export const webSocketFlvFraming: Framing = {
  ...flvFraming,

  envelope(sizeBytes: number): Uint8Array {
    const writer = new ByteWriter(10).u8(FINAL_BINARY);
    if (sizeBytes < 126) writer.u8(sizeBytes);
    else if (sizeBytes < 0x10000) writer.u8(126).u16(sizeBytes);
    else writer.u8(127).u64(sizeBytes);
    return writer.view();
  },
};
