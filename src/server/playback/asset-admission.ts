import type { PlayRequest } from '../../access/index.ts';
import { type AssetPlay, PlayError, type PlayGrant } from '../../vod/play/index.ts';
import { problemOf } from './admission.ts';
import type { Problem } from './exchange.ts';
import { TOKEN_PARAMETER } from './hls-ready.ts';
import type { PlaybackDoor } from './playback-door.ts';
import type { AssetTarget } from './target.ts';

/** In the query of an address: what a player was given to open an asset with. */
export const PLAY_AUTH_PARAMETER = 'play_auth';
/** The same of a link for review. */
export const REVIEW_PARAMETER = 'review_token';

/** Somebody who may play an asset, as far as that can be said without looking at it. */
export type AssetViewer = {
  /** What a token of ours lets him do; undefined where a signature let him in, or the domain is open. */
  readonly grant?: PlayGrant;
  /** The session's token, where the address has one already. */
  readonly token?: string;
  /** His address is good for once, or for a short while, or was asked about elsewhere. */
  readonly mustMoveOn: boolean;
  /** What addresses of his session carry. */
  readonly session: () => string;
};

/** Lets somebody in by a session's token, a PlayAuth or as the domain does it; throws PlayError. */
export async function admitToAsset(
  door: PlaybackDoor,
  { asset, token: inPath }: AssetTarget,
  asked: PlayRequest,
): Promise<AssetViewer | Problem> {
  const arguments_ = new URLSearchParams(asked.query);
  const token = inPath === '' ? (arguments_.get(TOKEN_PARAMETER) ?? '') : inPath;
  if (token?.includes('.')) {
    const verdict = door.access.playSession(asked, token);
    return verdict.allowed ? { token, mustMoveOn: false, session: () => token } : problemOf(verdict);
  }
  const playAuth = arguments_.get(PLAY_AUTH_PARAMETER);
  const review = arguments_.get(REVIEW_PARAMETER);
  if (token === undefined && playAuth === null && review === null) return admitByDomain(door, asked);
  const grant =
    token === undefined && playAuth === null
      ? await door.assets.review(review ?? '', asset)
      : door.assets.read(token ?? playAuth ?? '', placeOf(asset, asked));
  const isUnderWay = grant.kind === 'session';
  // Else a session could be made longer by itself.
  if (isUnderWay && token === undefined) throw new PlayError('PLAY_TOKEN_INVALID', 'a session opens none');
  const verdict = door.access.playBy(asked, { uid: grant.viewer, issuedAtMs: grant.issuedAtMs, isUnderWay });
  if (!verdict.allowed) return problemOf(verdict);
  if (token !== undefined) return { grant, token, mustMoveOn: false, session: () => token };
  const session = () => door.assets.session(grant, asked.domain.play.sessionSeconds);
  return { grant, mustMoveOn: true, session };
}

async function admitByDomain(door: PlaybackDoor, asked: PlayRequest): Promise<AssetViewer | Problem> {
  const verdict = await door.access.play(asked);
  if (!verdict.allowed) return problemOf(verdict);
  const { uid, signature } = verdict;
  const { singleUse, remoteAuth } = asked.domain.play;
  return {
    mustMoveOn: (singleUse && signature !== undefined) || remoteAuth !== undefined,
    session: () => {
      const opened = { sessionId: asked.sessionId ?? door.newId(), keyName: signature?.keyName };
      return door.access.issueSession(asked, uid === undefined ? opened : { ...opened, uid }).token;
    },
  };
}

function placeOf(asset: string, { domain, address }: PlayRequest): Parameters<AssetPlay['read']>[1] {
  return { asset, domain: domain.name, address };
}
