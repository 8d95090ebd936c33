import { z } from 'zod';
import { assetFor, refuseStatus } from './asset-access.ts';
import { type AssetDoor, assetId } from './asset-operations.ts';
import { reprocessing, reprocessingOf } from './asset-process-schema.ts';
import { assetSchema, reviewLinkSchema, shownAsset, shownLink } from './asset-schema.ts';
import { type Operation, operation } from './base/index.ts';
import { jobWithSteps, shownJobWithSteps } from './job-operations.ts';
import { line } from './schemas.ts';

const verdict = z.strictObject({
  verdict: z.enum(['publish', 'hold', 'block', 'unblock']),
  note: line(1000).default(''),
});
const newLink = z.strictObject({
  note: line(200).default('').describe('For whom it is'),
  hours: z.number().positive().max(8760).default(72),
});
const linkId = assetId.extend({ link: z.uuid() });

/** What is done with assets: processed, reviewed, shown to some, restored, deleted for good. */
export function assetCareOperations(door: AssetDoor): readonly Operation[] {
  const { library, processing, links, trash } = door;
  const one = { area: 'Library', params: assetId } as const;
  return [
    operation({
      ...{ name: 'processAsset', method: 'post', action: 'assets:write', ...one, path: '/assets/{id}/process' },
      summary: 'Processes an asset again, as after its group of templates was changed',
      description: 'Without a body by what the asset says.',
      body: reprocessing,
      answer: z.strictObject({ job: z.uuid() }),
      status: 202,
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        const isStorage = (name: string) => door.storages.names.includes(name);
        const { id } = await processing.again(asset.id, reprocessingOf(call.body, call, isStorage));
        call.done(resource, { asset: asset.id, job: id });
        return { job: id };
      },
    }),
    operation({
      ...{ name: 'listAssetJobs', method: 'get', action: 'assets:read', ...one, path: '/assets/{id}/jobs' },
      summary: 'What was and is done with an asset, step by step, the latest first',
      answer: z.strictObject({ jobs: z.array(jobWithSteps) }),
      run: async (call) => {
        const { asset } = await assetFor(door, call.params.id, call);
        return { jobs: (await processing.timeline(asset.id)).map(shownJobWithSteps) };
      },
    }),
    operation({
      ...{ name: 'reviewAsset', method: 'post', action: 'assets:write', ...one, path: '/assets/{id}/review' },
      summary: 'Lets an asset through to viewers, holds it back, or blocks it',
      body: verdict,
      answer: assetSchema,
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        const { verdict: says, note } = call.body;
        if (says === 'block') refuseStatus(asset, ['Normal', 'TranscodeFail', 'Blocked'], 'blocked');
        if (says === 'unblock') refuseStatus(asset, ['Blocked'], 'unblocked');
        const ends = { publish: 'Normal', unblock: 'Normal', block: 'Blocked', hold: undefined } as const;
        const review = { by: call.caller.name, atMs: Date.now(), note, ...(ends[says] && { verdict: ends[says] }) };
        const published = says === 'publish' ? 'published' : says === 'hold' ? 'draft' : undefined;
        // Whoever hears of the review finds it done.
        if (says === 'block') await library.setStatus(asset.id, 'Blocked');
        if (says === 'unblock') await library.setStatus(asset.id, 'Normal', ['Blocked']);
        await library.update(asset.id, { review, publication: published });
        call.done(resource, { asset: asset.id, verdict: says });
        return shownAsset(await library.get(asset.id));
      },
    }),
    operation({
      ...{ name: 'restoreAsset', method: 'post', action: 'assets:delete', ...one, path: '/assets/{id}/restore' },
      summary: 'Takes an asset out of the trash',
      answer: assetSchema,
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        await library.restore([asset.id]);
        call.done(resource, { asset: asset.id });
        return shownAsset(await library.get(asset.id));
      },
    }),
    operation({
      ...{ name: 'purgeAsset', method: 'post', action: 'assets:delete', ...one, path: '/assets/{id}/purge' },
      summary: 'Deletes an asset and every object of it at once, without waiting in the trash',
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        await library.trash([asset.id]);
        await trash.purge(asset, call.signal);
        call.done(resource, { asset: asset.id, title: asset.title });
      },
    }),
    operation({
      ...{ name: 'listReviewLinks', method: 'get', action: 'assets:read', ...one, path: '/assets/{id}/links' },
      summary: 'The links by which an asset is seen that is not published, the newest first',
      answer: z.strictObject({ links: z.array(reviewLinkSchema) }),
      run: async (call) => {
        const { asset } = await assetFor(door, call.params.id, call);
        return { links: (await links.list(asset.id)).map(shownLink) };
      },
    }),
    operation({
      ...{ name: 'createReviewLink', method: 'post', action: 'assets:write', ...one, path: '/assets/{id}/links' },
      summary: 'Makes a link to an asset; its token is shown this once',
      body: newLink,
      answer: reviewLinkSchema.extend({
        token: z.string(),
        url: z.string().describe('The page that plays it, by the link'),
      }),
      status: 201,
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        const { note, hours } = call.body;
        const by = call.caller.name;
        const { link, token } = await links.create({ asset: asset.id, note, by, forSeconds: hours * 3600 });
        call.done(resource, { asset: asset.id, link: link.id });
        return { ...shownLink(link), token, url: `${door.pageOf(asset.id)}?review_token=${token}` };
      },
    }),
    operation({
      ...{ name: 'deleteReviewLink', method: 'delete', action: 'assets:write', ...one, params: linkId },
      path: '/assets/{id}/links/{link}',
      summary: 'Revokes a link',
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        await links.revoke(asset.id, call.params.link);
        call.done(resource, { asset: asset.id, link: call.params.link });
      },
    }),
    operation({
      ...{ name: 'openReviewLink', method: 'post', action: 'anyone', area: 'Library', path: '/review-links/open' },
      summary: 'The asset that a link leads to, while the link is in force',
      body: z.strictObject({ token: z.string().min(1).max(200) }),
      answer: assetSchema,
      run: async ({ body }) => shownAsset(await library.get((await links.open(body.token)).asset)),
    }),
  ];
}
