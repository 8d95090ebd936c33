export { shownAddress } from './address.ts';
export type { RunFfmpeg } from './ffmpeg-source.ts';
export { Mp4Media } from './mp4-media.ts';
export { Sources } from './open-source.ts';
export type { Entrance, Entry, EntryRequest, PullOverview, PullState } from './pull.ts';
export { type PullStatus, Pulls } from './pulls.ts';
export type { SourceMedia } from './source.ts';
export type { TransferOverview, TransferState } from './transfer.ts';
export { type TransferStatus, Transfers } from './transfers.ts';
