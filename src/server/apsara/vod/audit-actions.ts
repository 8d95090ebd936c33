import { z } from 'zod';
import { action, DONE, integer, jsonObject, type ServedAction, text } from '../base/index.ts';
import { assetOf, namedAsset, timeText } from './stored-asset.ts';
import { aboutOf } from './video-actions.ts';

const MOST_IDS = 20;
const verdicts = jsonObject(
  z
    .array(
      z.strictObject({
        ...{ VideoId: z.string(), Status: z.enum(['Normal', 'Blocked']) },
        ...{ Reason: z.string().max(128).optional(), Comment: z.string().max(512).optional() },
      }),
    )
    .min(1)
    .max(MOST_IDS),
);
const contents = jsonObject(
  z
    .array(
      z.strictObject({
        ...{ VideoId: z.string(), Title: z.string().max(128).optional(), Description: z.string().max(1024).optional() },
        ...{ Tags: z.string().optional(), CateId: z.coerce.number().int().optional(), CoverURL: z.string().optional() },
      }),
    )
    .min(1)
    .max(MOST_IDS),
);

type Reviewed = { readonly review?: { readonly by: string; readonly at: string; readonly note: string } };

/** What people decide on videos, and several changes at once. */
export const auditActions: readonly ServedAction[] = [
  action({
    name: 'CreateAudit',
    summary: 'Blocks videos, or lets them through',
    differs: 'Normal also publishes what waits for review; Reason and Comment are kept as one note',
    input: z.object({ AuditContent: verdicts }),
    run: async ({ input: { AuditContent }, ask }) => {
      for (const { VideoId, Status, Reason, Comment } of AuditContent) {
        const { id, status, publication } = await namedAsset(ask, { VideoId });
        const note = [Reason, Comment].filter((each) => each).join('\n');
        const review = (verdict: string) =>
          ask('reviewAsset', { params: { id }, body: { verdict, note: note.replaceAll('\n', ' — ') } });
        if (Status === 'Blocked') await review('block');
        const isBlocked = status === 'Blocked';
        if (Status === 'Normal' && isBlocked) await review('unblock');
        if (Status === 'Normal' && !(isBlocked && publication === 'published')) await review('publish');
      }
      return DONE;
    },
  }),
  action({
    name: 'GetAuditHistory',
    summary: 'The last decision on a video',
    differs: 'only the last one is told; all of them are in the audit log',
    input: z.object({
      ...{ VideoId: text, PageNo: integer.optional(), PageSize: integer.optional(), SortBy: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { id, status } = await namedAsset(ask, input);
      const { review } = await ask<Reviewed>('getAsset', { params: { id } });
      const Status = status === 'Blocked' ? 'Blocked' : 'Normal';
      const history = review && {
        ...{ Auditor: review.by, CreationTime: timeText(review.at), Status, Comment: review.note },
      };
      return { Status, Histories: history ? [history] : [], Total: history ? 1 : 0 };
    },
  }),
  action({
    name: 'UpdateVideoInfos',
    summary: 'Changes what is said of several videos',
    input: z.object({ UpdateContent: contents }),
    run: async ({ input: { UpdateContent }, ask }) => {
      const NonExistVideoIds: string[] = [];
      for (const { VideoId, ...about } of UpdateContent) {
        const asset = await assetOf(ask, VideoId);
        if (asset) await ask('updateAsset', { params: { id: asset.id }, body: aboutOf(about) });
        else NonExistVideoIds.push(VideoId);
      }
      return { NonExistVideoIds, ForbiddenVideoIds: [], NonExistReferenceIds: [] };
    },
  }),
];
