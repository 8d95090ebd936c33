import { randomUUID } from 'node:crypto';
import type { MediaEventKind, MediaNote } from '../../notify/index.ts';
import type { AssetChange, NewMediaEvent } from '../../store/index.ts';
import { type AboutChange, type Asset, assetOf } from '../index.ts';
import { assetNote, fileNote, liveNote } from './notes.ts';

const UPLOADED: Readonly<Record<Asset['kind'], MediaEventKind>> = {
  ...{ video: 'asset_uploaded', audio: 'asset_uploaded' },
  ...{ image: 'image_uploaded', attached: 'attachment_uploaded' },
};
const WORDED = ['title', 'description', 'coverUrl', 'category', 'tags'] as const;

/** What events tell of a change of an asset. `nowMs` is the time of the change. */
export function assetNews({ before, after, about }: AssetChange, nowMs = Date.now()): readonly NewMediaEvent[] {
  const was = before && assetOf(before);
  const is = after && assetOf(after);
  const asset = is ?? was;
  if (asset === undefined) return [];
  const news: [MediaEventKind, MediaNote][] = [
    ...changed(was, is),
    ...arrived(was, is, about as AboutChange | undefined),
    ...statusOf(was, is),
    ...reviewed(was, is),
    ...(is === undefined ? ([['asset_deleted', {}]] as const) : []),
  ].map(([kind, note]) => [kind, note]);
  const named = { asset: assetNote(asset) };
  return news.map(([kind, note]) => ({
    ...{ id: randomUUID(), kind, subject: asset.id, atMs: nowMs },
    data: { media: { ...named, ...note } },
  }));
}

type News = readonly (readonly [MediaEventKind, MediaNote])[];

/** What people read of it; not what the server finds out by itself. */
function changed(was: Asset | undefined, is: Asset | undefined): News {
  if (is === undefined) return [];
  const fields: Record<string, { from?: unknown; to?: unknown }> = {};
  for (const name of WORDED) {
    const [from, to] = [given(was?.[name]), given(is[name])];
    if (JSON.stringify(from) === JSON.stringify(to)) continue;
    fields[name] = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  }
  if (was === undefined) return [['asset_changed', { changes: { how: 'create', fields } }]];
  const isIn = was.trashedAtMs !== undefined;
  if (isIn !== (is.trashedAtMs !== undefined)) {
    return [['asset_changed', { changes: { how: isIn ? 'restore' : 'trash', fields } }]];
  }
  return Object.keys(fields).length === 0 ? [] : [['asset_changed', { changes: { how: 'update', fields } }]];
}

/** Its original is there, or will not come. */
function arrived(was: Asset | undefined, is: Asset | undefined, { original, ...about }: AboutChange = {}): News {
  if (was === undefined || is === undefined || was.status === is.status) return [];
  const isFetched = about.fetch !== undefined;
  if (is.status === 'UploadFail') return isFetched ? [['asset_fetched', about]] : [];
  if (is.status !== 'UploadSucc' || (was.status !== 'Uploading' && was.status !== 'UploadFail')) return [];
  const file = original === undefined ? {} : { file: fileNote(original) };
  if (is.live) return [['asset_recorded', { ...file, live: liveNote(is.live) }]];
  const uploaded = [UPLOADED[is.kind], file] as const;
  return isFetched ? [['asset_fetched', { ...about, ...file }], uploaded] : [uploaded];
}

function statusOf(was: Asset | undefined, is: Asset | undefined): News {
  if (was === undefined || is === undefined || was.status === is.status) return [];
  return [['asset_status', { status: is.status, was: was.status }]];
}

/** Somebody let it through or blocked it; held back, its review goes on. */
function reviewed(was: Asset | undefined, is: Asset | undefined): News {
  const { review } = is ?? {};
  if (review?.verdict === undefined || review.atMs === was?.review?.atMs) return [];
  const { verdict, by, note } = review;
  return [['asset_reviewed', { review: { verdict, by, note } }]];
}

/** Nothing, an empty text and an empty list are the same. */
function given(value: unknown): unknown {
  return value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value;
}
