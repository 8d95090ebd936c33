import { z } from 'zod';
import { isForViewers, pathOfFile } from '../vod/play/index.ts';
import { type Operation, operation } from './base/index.ts';
import { addressesOf, assetParams, infoQuery, lookAt, type PlayDoor } from './play-operations.ts';
import { isoOf, time } from './schemas.ts';

const file = z.strictObject({
  ...{ file: z.string(), role: z.string(), format: z.string(), url: z.string() },
  ...{ definition: z.string().exactOptional(), job: z.string().exactOptional(), jobOutput: z.int().exactOptional() },
  ...{ width: z.int().exactOptional(), height: z.int().exactOptional(), sizeBytes: z.int() },
  createdAt: time,
});

/** Where each file of an asset is for viewers: pictures and captions, too. */
export function playAddressOperations(door: PlayDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listAssetAddresses', method: 'get', action: 'assets:read', area: 'Playback of assets' },
      ...{ path: '/assets/{id}/addresses', params: assetParams },
      summary: 'The address of each file of an asset that viewers may have: pictures and captions, too',
      query: infoQuery.pick({ domain: true, expiresInSeconds: true, viewer: true, address: true }).extend({
        role: z.string().max(32).optional().describe('Such as snapshot, sprite, vtt, cover'),
      }),
      answer: z.strictObject({ files: z.array(file), expiresAt: time.exactOptional() }),
      run: async (call) => {
        const { asset, files } = await lookAt(door, call);
        const { role, ...query } = call.query;
        const { uriOf, expiresAtMs } = addressesOf(door, asset, query);
        const wanted = files.filter((each) => isForViewers(asset, files, each) && (role ?? each.role) === each.role);
        const shown = wanted.map((each) => {
          const { id, role: is, format, definition, job, jobOutput, width, height, sizeBytes, createdAtMs } = each;
          const facts = Object.entries({ definition, job, jobOutput, width, height });
          return {
            ...{ file: id, role: is, format, url: uriOf(pathOfFile(each)), sizeBytes, createdAt: isoOf(createdAtMs) },
            ...Object.fromEntries(facts.filter(([, value]) => value !== undefined)),
          };
        });
        return { files: shown, ...(expiresAtMs === undefined ? {} : { expiresAt: isoOf(expiresAtMs) }) };
      },
    }),
  ];
}
