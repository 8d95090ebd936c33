import { MalformedError } from '../../protocol/bytes/index.ts';
import { decodeAudioTag, decodeMetadata, decodeVideoTag } from '../../protocol/flv/index.ts';
import type { MediaEvent } from '../../protocol/rtmp/index.ts';
import type { Publishing } from './publish-session.ts';
import type { FarSource } from './rtmp-door.ts';

/** Parameter sets are not longer; what is longer is a frame. */
const LONGEST_HEADER_BYTES = 4096;

/** An encoder whose media go to another node. */
export class FarPublish implements Publishing {
  /** Nobody here waits for it, and there it may be on air. */
  readonly patienceMs = 0;
  readonly #source: FarSource;
  readonly #headers = new Map<MediaEvent['kind'], MediaEvent>();

  constructor(source: FarSource) {
    this.#source = source;
  }

  /** What a decoder needs to begin with the next key frame, for who takes the source over. */
  get headers(): readonly MediaEvent[] {
    return [...this.#headers.values()];
  }

  media(event: MediaEvent): void {
    if (event.payload.length <= LONGEST_HEADER_BYTES && isHeader(event)) {
      this.#headers.set(event.kind, { ...event, payload: Uint8Array.from(event.payload) });
    }
    this.#source.media(event);
  }

  unpublish(): void {
    this.#source.unpublish();
  }

  lost(): void {
    this.#source.close();
  }
}

function isHeader({ kind, payload }: MediaEvent): boolean {
  try {
    if (kind === 'data') return decodeMetadata(payload) !== undefined;
    const tag = kind === 'video' ? decodeVideoTag(payload) : decodeAudioTag(payload);
    return (tag.kind === 'multitrack' ? tag.first : tag).kind === 'sequence-header';
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
