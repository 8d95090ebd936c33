import { join } from 'node:path';
import type { Registry, RegistryOptions, Stream } from '../live/index.ts';
import { playSlate, Slates } from '../slate/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

/** What viewers see while a stream has no source: made ready while it has one. */
export function openSlates({ config, clock, log, closer }: Base, { settingsOf, status }: State) {
  const slates = closer.add(
    'slates',
    new Slates({
      ffmpegPath: status.ffmpeg?.path,
      slatesDir: config.slatesDir,
      workDir: join(config.dataDir, 'slates-made'),
      onFailure: ({ file }, reason) => log.error({ file, reason }, 'slate could not be made: viewers wait without it'),
    }),
  );
  const slateFor: NonNullable<RegistryOptions['slateFor']> = (id, tracks) => {
    const loop = slates.find(settingsOf(id).slate, tracks);
    return loop && ((input) => playSlate(loop, input, clock));
  };
  const prepare = (registry: Registry, stream: Stream) => {
    const { slate } = settingsOf(stream.id);
    if (slate.seconds <= 0) return;
    let known: Stream['tracks'] = {};
    stream.read({
      patienceMs: Number.POSITIVE_INFINITY,
      packet: ({ position: { startsSegment, tracks } }) => {
        if (!startsSegment || (known.video === tracks.video && known.audio === tracks.audio)) return;
        known = tracks;
        if (registry.sourcesOf(stream.id)?.sources.onAir !== 'slate') void slates.prepare(slate, tracks);
      },
    });
  };
  return {
    slateFor,
    follow: (registry: Registry) =>
      registry.listen({
        published: ({ stream, isResumed }) => {
          if (!isResumed) prepare(registry, stream);
        },
      }),
  };
}
