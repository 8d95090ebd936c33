import { TemplateShelf } from '../mps/index.ts';
import { categoryOf, type IdentityDoor, type PublicAddresses, playUrls } from '../operations/index.ts';
import type { ControlDoor } from '../server/api/index.ts';
import { JobKeys, MediaTemplateTable } from '../store/index.ts';
import type { Base } from './base.ts';
import type { Doors } from './doors.ts';
import type { openAssetPlay } from './open-asset-play.ts';
import { openJobs } from './open-jobs.ts';
import { openLibrary } from './open-library.ts';
import { openMedia } from './open-media.ts';
import { openMediaEvents } from './open-media-events.ts';
import { openMediaUploads } from './open-media-uploads.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { openWorkflows } from './open-workflows.ts';
import { sealKeys } from './seal-keys.ts';
import { stepActions } from './step-actions.ts';

type Neighbours = {
  readonly identity: IdentityDoor;
  readonly addresses: PublicAddresses;
  readonly doors: Doors;
  readonly assets: Awaited<ReturnType<typeof openAssetPlay>>;
};

/** Processing of media and the library that grows on it: jobs, workflows, assets, uploads, and what plays of them. */
export async function openMediaService(base: Base, state: State, streams: Streams, near: Neighbours) {
  const { store, storages } = state;
  const { identity, addresses, doors, assets } = near;
  const originOf = (domain: string) => originAt(addresses, domain);
  const assetsUrl = () => assetsUrlAt(addresses);
  streams.events.deliver({ assetsUrl });
  const tools = openMedia(base, storages, state.status.ffmpeg?.path);
  const jobKeys = new JobKeys({ store, box: state.box });
  base.closer.add('sealing of keys in jobs', sealKeys({ store, log: base.log, keys: jobKeys, of: 'jobs' }));
  const jobs = await openJobs(base, {
    ...{ store, actions: stepActions(base, { storages, store, tools: tools.tools }) },
    isResting: () => streams.limits.governor.without('previews') !== undefined,
    keys: jobKeys,
  });
  const library = {
    ...openLibrary(base, state, streams, { ...jobs, onChanged: (asset) => assets.forget(asset) }),
    pageOf: (asset: string) => `${assetsUrl()}/${asset}`,
  };
  openMediaEvents(base, state, { jobs: jobs.jobs, library: library.library });
  return {
    ...{ jobs, library, workflows: openWorkflows(base, { store, storages, identity, ...jobs }) },
    media: {
      ...{ ...tools, templates: new TemplateShelf(new MediaTemplateTable(store)) },
      box: state.box,
      isStorage: (name) => storages.names.includes(name),
    },
    assetPlay: {
      ...{ play: assets, rules: state.rules, nowMs: base.clock.wallMs, originOf },
      resourceOf: ({ category }) => categoryOf(library.categories, category),
    },
    mediaUploads: await openMediaUploads(base, state, {
      ...{ identity, doors, library: library.library, clients: streams.clients },
    }),
  } satisfies Partial<ControlDoor>;
}

/** Below which address assets are played. */
export function assetsUrlAt(addresses: PublicAddresses): string {
  return `${originAt(addresses, 'default')}/vod`;
}

function originAt(addresses: PublicAddresses, domain: string): string {
  return new URL(playUrls({ domain, app: 'a', name: 'a' }, addresses).page).origin;
}
