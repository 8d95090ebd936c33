import type { Asset, AssetFile } from '../index.ts';
import { adaptivePlaylist } from './adaptive.ts';
import { type AssetRevocations, AssetShelf, isRevoked, type PlayableAssets, type ShelvedAsset } from './asset-shelf.ts';
import { type CdnSetting, cdnUrlOf } from './cdn.ts';
import type { AssetContent } from './content.ts';
import { PlayError } from './play-error.ts';
import { type PlayInfo, playInfoOf } from './play-info.ts';
import type { PlayGrant, PlayTokens } from './play-token.ts';

export type NewPlayAuth = {
  readonly asset: string;
  readonly viewer: string;
  readonly expiresInSeconds: number;
  readonly address?: string | undefined;
  readonly domain?: string | undefined;
  readonly previewSeconds?: number | undefined;
};

/** Links by which assets are seen that are not published; whatever `open` throws is for whoever asked. */
export type OpenReviewLink = (
  token: string,
) => Promise<{ readonly id: string; readonly asset: string; readonly expiresAtMs: number }>;

export type AssetPlayOptions = {
  readonly assets: PlayableAssets;
  readonly revocations: AssetRevocations & {
    readonly revoke: (asset: string, viewer: string, upToMs: number) => Promise<void>;
  };
  readonly tokens: PlayTokens;
  readonly content: AssetContent;
  readonly openReviewLink?: OpenReviewLink | undefined;
  /** Opens the sealed key of a file. */
  readonly openKey: (file: { readonly id: string; readonly sealedKey: string }) => string;
  readonly cdn?: CdnSetting | undefined;
  readonly nowMs: () => number;
};

/** What is not there yet, or went wrong on the way. */
const UNFINISHED: readonly Asset['status'][] = ['Uploading', 'UploadFail'];

/** Plays assets of the library: who may, what there is, and its bytes. */
export class AssetPlay {
  readonly tokens: PlayTokens;
  readonly content: AssetContent;
  readonly #options: AssetPlayOptions;
  readonly #shelf: AssetShelf;

  constructor(options: AssetPlayOptions) {
    this.#options = options;
    this.tokens = options.tokens;
    this.content = options.content;
    this.#shelf = new AssetShelf(options);
  }

  /** The asset with its files, for whom nothing else is asked. Throws PlayError where there is none. */
  async look(id: string): Promise<ShelvedAsset> {
    const found = await this.#shelf.look(id);
    if (!found || found.asset.trashedAtMs !== undefined) throw new PlayError('ASSET_NOT_FOUND', id);
    return found;
  }

  /** The same for somebody who plays it; throws PlayError where that may not be. */
  async lookFor(id: string, grant: PlayGrant | undefined): Promise<ShelvedAsset> {
    const found = await this.look(id);
    if (grant && isRevoked(found, grant.viewer, grant.issuedAtMs)) throw new PlayError('PLAY_TOKEN_REVOKED', id);
    const { status, publication } = found.asset;
    if (UNFINISHED.includes(status)) throw new PlayError('ASSET_NOT_READY', status);
    if (status === 'Blocked' && grant?.isReview !== true) throw new PlayError('ASSET_BLOCKED', id);
    if (!grant && publication !== 'published') throw new PlayError('ASSET_UNPUBLISHED', publication);
    return found;
  }

  /** What can be played; throws PlayError where nothing can. */
  info({ asset, files }: ShelvedAsset, previewSeconds?: number): PlayInfo {
    const info = playInfoOf(asset, files, previewSeconds);
    if (info.sources.length > 0) return info;
    throw new PlayError(previewSeconds === undefined ? 'ASSET_NOTHING_PLAYS' : 'PREVIEW_NEEDS_HLS', asset.status);
  }

  adaptive({ asset, files }: ShelvedAsset): string {
    return adaptivePlaylist(asset, files);
  }

  /** A token for a viewer, to be given to a player. */
  async issue(wanted: NewPlayAuth): Promise<{ readonly token: string; readonly grant: PlayGrant }> {
    const { expiresInSeconds, ...about } = wanted;
    await this.look(about.asset);
    const issuedAtMs = this.#options.nowMs();
    const expiresAtMs = issuedAtMs + expiresInSeconds * 1000;
    const grant: PlayGrant = { kind: 'auth', ...about, issuedAtMs, expiresAtMs };
    return { token: this.tokens.issue(grant), grant };
  }

  /** What a token lets its holder do here; throws PlayError where it lets him do nothing. */
  read(token: string, asked: { readonly asset: string; readonly domain: string; readonly address: string }): PlayGrant {
    const read = this.tokens.read(token, this.#options.nowMs());
    if (!read.ok) throw new PlayError(read.reason === 'expired' ? 'PLAY_TOKEN_EXPIRED' : 'PLAY_TOKEN_INVALID', '');
    const { grant } = read;
    if (grant.asset !== asked.asset) throw new PlayError('PLAY_TOKEN_INVALID', 'it is for another asset');
    const isBoundElsewhere =
      (grant.domain !== undefined && grant.domain !== asked.domain) ||
      (grant.address !== undefined && grant.address !== asked.address);
    if (isBoundElsewhere) throw new PlayError('PLAY_TOKEN_ELSEWHERE', '');
    return grant;
  }

  /** The token that the addresses of media carry, for somebody whose own let him in; never longer than a link for review. */
  session(grant: PlayGrant, seconds: number): string {
    const wantedMs = this.#options.nowMs() + seconds * 1000;
    const expiresAtMs = grant.isReview ? Math.min(wantedMs, grant.expiresAtMs) : wantedMs;
    return this.tokens.issue({ ...grant, kind: 'session', expiresAtMs });
  }

  /** What a link for review lets its holder do. */
  async review(link: string, asset: string): Promise<PlayGrant> {
    const opened = await this.#options.openReviewLink?.(link);
    if (opened?.asset !== asset) throw new PlayError('PLAY_TOKEN_INVALID', 'no link for review of this asset');
    const { id, expiresAtMs } = opened;
    const issuedAtMs = this.#options.nowMs();
    return { kind: 'auth', asset, viewer: reviewerOf(id), issuedAtMs, expiresAtMs, isReview: true };
  }

  /** All tokens of an asset, or of one viewer, that were issued until now are worth nothing. */
  async revoke(asset: string, viewer: string): Promise<Date> {
    const upToMs = this.#options.nowMs();
    await this.#options.revocations.revoke(asset, viewer, upToMs);
    this.#shelf.forget(asset);
    return new Date(upToMs);
  }

  /** Something of the asset has changed here. */
  forget(asset: string): void {
    this.#shelf.forget(asset);
  }

  /** The key of a file's segments in hexadecimal digits, where the server has it. */
  keyOf({ id, hexKey, sealedKey }: AssetFile): string | undefined {
    return sealedKey === undefined ? hexKey : this.#options.openKey({ id, sealedKey });
  }

  /** Where a CDN has it, if one does. */
  cdnUrl(of: { readonly storage: string; readonly object: string }): string | undefined {
    const { cdn, nowMs } = this.#options;
    return cdn && cdnUrlOf(cdn, of, nowMs());
  }
}

/** Under which name what a link for review let in can be revoked. */
export function reviewerOf(link: string): string {
  return `review:${link}`;
}
