import type { GopCacheLimits } from '../../live/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { decodeAudioTag, decodeMetadata, decodeVideoTag } from '../../protocol/flv/index.ts';
import type { MediaEvent } from '../../protocol/rtmp/index.ts';
import type { Publishing } from './publish-session.ts';
import type { FarSource } from './rtmp-door.ts';

/** Parameter sets are not longer; what is longer is a frame. */
const LONGEST_HEADER_BYTES = 4096;

/** An encoder whose media go to another node. Its last group of pictures is kept, should that node be gone. */
export class FarPublish implements Publishing {
  /** Nobody here waits for it, and there it may be on air. */
  readonly patienceMs = 0;
  readonly #source: FarSource;
  readonly #limits: GopCacheLimits;
  readonly #headers = new Map<MediaEvent['kind'], MediaEvent>();
  #group: MediaEvent[] = [];
  #groupBytes = 0;

  constructor(source: FarSource, limits: GopCacheLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  /** What a decoder needs to go on at once, or with the next key frame, for who takes the source over. */
  get sent(): readonly MediaEvent[] {
    // Whether sound comes, too, is known by the encoder's word or by the sound.
    const isKnown = this.#headers.has('data') || this.#group.some(({ kind }) => kind === 'audio');
    return [...this.#headers.values(), ...(isKnown ? this.#group : [])];
  }

  media(event: MediaEvent): void {
    const part = partOf(event);
    if (part === 'header') this.#headers.set(event.kind, { ...event, payload: Uint8Array.from(event.payload) });
    else this.#keep(event, part === 'key-frame');
    this.#source.media(event);
  }

  unpublish(): void {
    this.#source.unpublish();
  }

  lost(): void {
    this.#source.close();
  }

  #keep(event: MediaEvent, isKeyFrame: boolean): void {
    if (isKeyFrame) this.#forget();
    const [key] = this.#group;
    if (!isKeyFrame && !key) return;
    this.#group.push(event);
    this.#groupBytes += event.payload.length;
    const longMs = key ? (event.timestamp - key.timestamp) | 0 : 0;
    if (this.#groupBytes > this.#limits.maxBytes || longMs > this.#limits.maxMs) this.#forget();
  }

  #forget(): void {
    this.#group = [];
    this.#groupBytes = 0;
  }
}

function partOf({ kind, payload }: MediaEvent): 'header' | 'key-frame' | 'other' {
  try {
    if (kind === 'data') return decodeMetadata(payload) === undefined ? 'other' : 'header';
    const tag = kind === 'video' ? decodeVideoTag(payload) : decodeAudioTag(payload);
    const first = tag.kind === 'multitrack' ? tag.first : tag;
    if (first.kind === 'sequence-header') return payload.length <= LONGEST_HEADER_BYTES ? 'header' : 'other';
    return first.kind === 'frame' && 'isKeyFrame' in first && first.isKeyFrame ? 'key-frame' : 'other';
  } catch (error) {
    if (error instanceof MalformedError) return 'other';
    throw error;
  }
}
