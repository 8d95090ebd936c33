import type { MediaEvent } from '../protocol/rtmp/index.ts';

/** Media as a publisher sends it: the body of an FLV tag. */
export type SourceMedia = Pick<MediaEvent, 'kind' | 'timestamp' | 'payload'>;

export type SourceListener = {
  readonly onMedia: (media: SourceMedia) => void;
  /** Called once: nothing more comes. */
  readonly onClosed: (reason: string) => void;
};

/** A stream of another server that is being read. */
export interface Source {
  /** What reads it, for people. */
  readonly by: string;
  /** The address at the other end, where it is known. */
  readonly address: string;
  /** Ends it; `onClosed` is not called. */
  close(): void;
}
