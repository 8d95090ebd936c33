import { describe, expect, it } from 'vitest';
import type { MediaNote } from '../../notify/index.ts';
import type { AssetChange, ShownAsset } from '../../store/index.ts';
import { assetNews } from './asset-news.ts';

const row = (more: Partial<ShownAsset> = {}): ShownAsset => ({
  ...{ id: 'a1', kind: 'video', status: 'Uploading', publication: 'published', title: 'A film', description: '' },
  ...{ tags: [], category: null, coverUrl: null, userData: null, referenceId: null, storage: 's' },
  ...{ templateGroup: null, workflow: null, uploadedBy: 'me', durationSeconds: null, sizeBytes: 0 },
  ...{ createdAt: new Date(0), modifiedAt: new Date(0), trashedAt: null, data: {} },
  ...more,
});
const original = {
  id: 'f1',
  asset: 'a1',
  role: 'original',
  storage: 's',
  object: 'vod/a1/o.mp4',
  format: 'mp4',
  sizeBytes: 7,
};
const fetch = { upload: 'u1', url: 'http://from.test/' };
const live = { domain: 'd', app: 'live', stream: 's', startedAtMs: 0, endedAtMs: 1000 };

const told = (change: AssetChange) =>
  assetNews(change, 5).map(({ kind, subject, atMs, data: { media } }) => {
    expect([subject, atMs]).toEqual(['a1', 5]);
    const { asset, ...note } = media as MediaNote;
    expect(asset).toMatchObject({ id: 'a1', kind: change.after?.kind ?? 'video' });
    return [kind, note];
  });

describe('assetNews', () => {
  it('tells of what came, was changed and went', () => {
    expect(told({ after: row({ tags: ['x'] }) })).toEqual([
      ['asset_changed', { changes: { how: 'create', fields: { title: { to: 'A film' }, tags: { to: ['x'] } } } }],
    ]);
    const renamed = row({ title: 'B', description: 'new', category: 3 });
    expect(told({ before: row({ category: 2 }), after: renamed })).toEqual([
      [
        'asset_changed',
        {
          changes: {
            how: 'update',
            fields: {
              title: { from: 'A film', to: 'B' },
              description: { to: 'new' },
              category: { from: 2, to: 3 },
            },
          },
        },
      ],
    ]);
    const trashed = row({ trashedAt: new Date(1) });
    expect(told({ before: row(), after: trashed })).toEqual([
      ['asset_changed', { changes: { how: 'trash', fields: {} } }],
    ]);
    expect(told({ before: trashed, after: row() })).toMatchObject([['asset_changed', { changes: { how: 'restore' } }]]);
    expect(told({ before: trashed })).toEqual([['asset_deleted', {}]]);
  });

  it('tells how a review ended, and not that one goes on', () => {
    const review = { by: 'ann', atMs: 3, note: 'no rights', verdict: 'Blocked' };
    const blocked = row({ data: { review } });
    const { atMs: _, ...said } = review;
    expect(told({ before: row(), after: blocked })).toEqual([['asset_reviewed', { review: said }]]);
    expect(told({ before: blocked, after: blocked })).toEqual([]);
    const held = row({ data: { review: { by: 'ann', atMs: 4, note: '' } } });
    expect(told({ before: blocked, after: held })).toEqual([]);
  });

  it.each([
    ['video', 'asset_uploaded'],
    ['audio', 'asset_uploaded'],
    ['image', 'image_uploaded'],
    ['attached', 'attachment_uploaded'],
  ])('tells that a %s is there as %s, once', (kind, expected) => {
    const after = row({ kind, status: 'UploadSucc' });
    const about = { original };
    const file = { storage: 's', object: 'vod/a1/o.mp4', path: 'f1/o.mp4', format: 'mp4', sizeBytes: 7 };
    for (const status of ['Uploading', 'UploadFail'])
      expect(told({ before: row({ kind, status }), after, about })).toEqual([
        [expected, { file }],
        ['asset_status', { status: 'UploadSucc', was: status }],
      ]);
    expect(told({ before: after, after, about })).toEqual([]);
  });

  it('tells how a fetch ended, and of a recording in place of an upload', () => {
    const failure = { code: 'URL_FAILED', message: 'no' };
    const kindsOf = (change: AssetChange) => told(change).map(([kind]) => kind);
    const done = row({ status: 'UploadSucc' });
    expect(kindsOf({ before: row(), after: done, about: { original, fetch } })).toEqual([
      ...['asset_fetched', 'asset_uploaded', 'asset_status'],
    ]);
    const failed = row({ status: 'UploadFail' });
    expect(told({ before: row(), after: failed, about: { fetch, failure } })[0]).toEqual([
      'asset_fetched',
      { fetch, failure },
    ]);
    expect(kindsOf({ before: row(), after: failed })).toEqual(['asset_status']);
    const recorded = row({ status: 'UploadSucc', data: { live } });
    expect(kindsOf({ before: row({ data: { live } }), after: recorded, about: { original } })).toEqual([
      ...['asset_recorded', 'asset_status'],
    ]);
  });

  it('tells nothing of what nobody reads', () => {
    expect(told({ before: row(), after: row({ durationSeconds: 7, sizeBytes: 9, modifiedAt: new Date(9) }) })).toEqual(
      [],
    );
  });
});
