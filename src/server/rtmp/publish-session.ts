import { Ingest } from '../../ingest/index.ts';
import type { Clock, Publication } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import { MalformedError } from '../../protocol/bytes/index.ts';
import { decodeMetadata, type Metadata } from '../../protocol/flv/index.ts';
import type { MediaEvent } from '../../protocol/rtmp/index.ts';

/** What an accepted encoder's connection feeds. */
export interface Publishing {
  media(event: MediaEvent): void;
  unpublish(): void;
  lost(): void;
  /** How long what it sends may wait to be read. */
  readonly patienceMs: number;
}

/** An accepted publisher: its messages on their way into the stream. */
export class PublishSession implements Publishing {
  readonly publication: Publication;
  readonly ingest: Ingest;
  #metadata: Metadata | undefined;

  constructor(publication: Publication, clock: Clock, log: Logger) {
    this.publication = publication;
    this.ingest = new Ingest({
      stream: publication.input,
      clock,
      onUnsupported: (kind, codec) => log.warn({ kind, codec }, 'codec not supported, track left out'),
    });
  }

  /** The encoder's own description of what it sends. */
  get metadata(): Metadata | undefined {
    return this.#metadata;
  }

  get patienceMs(): number {
    return this.publication.stream.patienceMs;
  }

  unpublish(): void {
    this.publication.unpublish();
  }

  lost(): void {
    this.publication.lost();
  }

  media(event: MediaEvent): void {
    if (this.publication.isOver) return;
    this.publication.touch();
    switch (event.kind) {
      case 'video':
        this.ingest.video(event.timestamp, event.payload);
        return;
      case 'audio':
        this.ingest.audio(event.timestamp, event.payload);
        return;
      case 'data':
        this.#data(event.payload);
    }
  }

  /** What it sent elsewhere until now, of the group of pictures that it is in the middle of. */
  bring(sent: readonly MediaEvent[]): void {
    this.publication.input.bring(() => {
      for (const event of sent) this.media(event);
    });
  }

  #data(payload: Uint8Array): void {
    const metadata = readMetadata(payload);
    if (!metadata) {
      this.ingest.data(payload);
      return;
    }
    this.#metadata = metadata;
    this.ingest.promise({ video: metadata.hasVideo, audio: metadata.hasAudio });
  }
}

function readMetadata(payload: Uint8Array): Metadata | undefined {
  try {
    return decodeMetadata(payload);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
