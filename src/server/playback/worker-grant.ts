import type { StreamId } from '../../live/index.ts';
import type { DeliverySettings } from '../../packager/index.ts';
import type { StreamSettings } from '../../rules/index.ts';

/** A viewer of FLV was let in: the worker serves him under this session. */
export type StreamGrant = {
  readonly kind: 'stream';
  readonly sessionId: string;
  readonly id: StreamId;
  readonly delivery: DeliverySettings;
};

/** How a stream is packaged where it is packaged already. */
export type Packaging = {
  readonly settings: StreamSettings['hls'];
  readonly rotateSeconds: number | undefined;
  /** The longest there was so far: playlists promise that nothing is longer. */
  readonly longest: { readonly segmentMs: number; readonly partMs: number };
  /** Playlists list what a worker does not have. */
  readonly listsEarlier: boolean;
};

/** A session of HLS: the worker may answer what lies in the folder, for this viewer, as long as nothing changes. */
export type HlsGrant = {
  readonly kind: 'hls';
  /** What the session is known by where it was opened. */
  readonly key: string;
  readonly token: string;
  readonly folder: string;
  readonly host: string;
  /** The viewer's own. */
  readonly address: string;
  readonly isSecure: boolean;
  readonly expiresAtMs: number;
  /** Counts up with every change of the rules. */
  readonly rules: number;
  readonly id: StreamId;
  readonly owner: StreamId;
  readonly siblings: readonly { readonly uri: string; readonly id: StreamId }[];
  readonly packaging: Packaging;
};

export type WorkerGrant = StreamGrant | HlsGrant;

export const GRANT_HEADER = 'headwater-grant';

export function grantText(grant: WorkerGrant): string {
  return Buffer.from(JSON.stringify(grant)).toString('base64url');
}

/** @param text as the server itself wrote it */
export function readGrant(text: string): WorkerGrant {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as WorkerGrant;
}
