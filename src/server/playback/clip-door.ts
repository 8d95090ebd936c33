import type { Clips, Hotkeys, StreamChapters } from '../../clip/index.ts';

/** What clips and markers need of the server around the playback door. */
export type ClipDoor = {
  readonly clips: Pick<Clips, 'settled' | 'content'>;
  readonly hotkeys: Hotkeys;
  readonly chapters: Pick<StreamChapters, 'ofTimeShift'>;
};
