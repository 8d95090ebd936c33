import type { Jobs } from '../jobs/index.ts';
import { hearsOfMedia, MEDIA_EVENTS, type MediaEventKind } from '../rules/index.ts';
import { deliverMediaEvents, followEvents, noteMediaEvents, type RecordedEvent } from '../store/index.ts';
import type { Library } from '../vod/index.ts';
import { jobNews } from '../vod/news/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

type Around = { readonly jobs: Pick<Jobs, 'follow'>; readonly library: Pick<Library, 'find' | 'files'> };

/** Events of jobs become recorded ones, and those of assets and jobs come into the lines of who is to hear of them. */
export function openMediaEvents(
  { log, clock, closer }: Base,
  { store, rules }: State,
  { jobs, library }: Around,
): void {
  const endFollowing = jobs.follow(
    'events',
    async (event) => {
      const news = await jobNews(event, library);
      if (news.length > 0) await store.transaction((client) => noteMediaEvents(client, news));
    },
    { fromNow: true },
  );
  closer.add('events of jobs', { close: endFollowing });
  const endpointsOf = ({ kind }: RecordedEvent) =>
    rules()
      .rules.mediaCallbacks.filter((callback) => hearsOfMedia(callback, kind as MediaEventKind))
      .map(({ id }) => id);
  closer.add(
    'callbacks of assets',
    followEvents({
      ...{ store, log, name: 'callbacks', since: new Date(clock.wallMs()) },
      handle: async (batch) => {
        const wanted = batch
          .filter(({ kind }) => (MEDIA_EVENTS as readonly string[]).includes(kind))
          .map((event) => ({ event, endpointIds: endpointsOf(event) }))
          .filter(({ endpointIds }) => endpointIds.length > 0);
        if (wanted.length > 0) await deliverMediaEvents(store, wanted);
      },
      onFailure: (error) => log.warn({ error }, 'callbacks of assets could not be queued, they are later'),
    }),
  );
}
