import type { Publication } from './publication.ts';
import type { SourceChange } from './source-switch.ts';
import type { Stream } from './stream.ts';
import type { StreamId } from './stream-id.ts';

/** What happens to streams, for those who tell others about it. */
export interface RegistryListener {
  published?(publication: Publication): void;
  /** The last of its sources is gone: `end` tells of that one, and whether viewers are kept for the next. */
  unpublished?(publication: Publication, isClean: boolean, end: PublishEnd): void;
  /** One of the sources: the first one before it is `published`, the last one before it is `unpublished`. */
  sourceJoined?(publication: Publication): void;
  sourceLeft?(publication: Publication): void;
  /** Another source is on air. */
  sourceSwitched?(stream: Stream, change: SourceChange): void;
  interrupted?(stream: Stream): void;
  resumed?(stream: Stream): void;
  ended?(stream: Stream): void;
  /** A rendition is live: it has no publication, and it waits and ends with its parent. */
  renditionLive?(stream: Stream): void;
  renditionEnded?(stream: Stream): void;
  /** A stream that is published elsewhere is there, and nothing of the above is said of it. */
  copied?(stream: Stream): void;
  /** `isOver`: the stream itself has ended, not only the copy of it. */
  copyEnded?(stream: Stream, isOver: boolean): void;
  /** Somebody waits for a stream that is not live: whether it is on its way. Who listened first is asked first. */
  wanted?(id: StreamId): boolean;
}

export type PublishEnd = { readonly last: Publication; readonly waits: boolean };
