import { Archive, ArchiveError, RemoteReader, SliceUploads, Sweeper } from '../archive/index.ts';
import { type Registry, type Stream, type StreamId, streamKey } from '../live/index.ts';
import { Archiver, isKept, type WholeSegment } from '../record/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import { archiveFolder } from './archive-folder.ts';
import type { Base } from './base.ts';
import { keepRuleOf } from './keep-rule.ts';
import type { State } from './open-state.ts';

/** Whether the rules let a stream, or one of its renditions, be kept. */
export function keptBy(registry: Registry, { settingsOf }: Pick<State, 'settingsOf'>): (id: StreamId) => boolean {
  return (id) => {
    const owner = registry.ownerOf(id);
    return isKept(settingsOf(owner), owner === id ? undefined : id.name.slice(owner.name.length + 1));
  };
}

/** A segment as the archive has it. */
export type ArchivedSegment = WholeSegment & { readonly sizeBytes: number };

type Neighbours = {
  readonly registry: Registry;
  readonly packagers: Packagers;
  /** A segment is in the archive. */
  readonly onKept: (id: StreamId, segment: ArchivedSegment) => void;
};

/** The archive, and what brings streams there. */
export function openArchive(
  { config, clock, log, metrics, closer }: Base,
  state: State,
  { registry, packagers, onKept }: Neighbours,
): Archive {
  const folder = archiveFolder(config);
  const reserveBytes = config.limits.archiveFreeBytes;
  const { storages, uploads } = state;
  const { read: remote } = new RemoteReader({ storages });
  const archive = closer.add('archive', new Archive({ folder, log, nowMs: clock.nowMs, reserveBytes, remote }));
  const sweeper = new Sweeper({
    archive,
    uploads: new SliceUploads({ archive, uploads, storages, nodeId: state.secrets.nodeId, wallMs: clock.wallMs, log }),
    ruleOf: keepRuleOf(registry, state),
    wallMs: clock.wallMs,
    log,
    onDiskBytes: (bytes) => metrics.archiveDisk.set(bytes),
  });
  const troubles = new ArchiveTroubles({ log, gauge: metrics.archiveUp });
  state.status.watchArchive(() => troubles.reason);
  const archiver = new Archiver({
    registry,
    isKept: keptBy(registry, state),
    packagerOf: (id) => packagers.find(id),
    openWriter: (id) => {
      const writer = archive.writer(id, {
        onTrouble: (error) => troubles.set(id, error),
        onLost: (segments) => metrics.archiveLost.inc(segments),
        onKept: (segment) => {
          metrics.archiveBytes.inc(segment.sizeBytes);
          onKept(id, segment);
        },
      });
      const close = async () => {
        await archive.release(writer);
        troubles.set(id, undefined);
      };
      return { writer, close };
    },
  });
  closer.add('archiver', archiver);
  closer.add('archive sweeper', sweeper.start());
  registry.listen({ published: ({ stream }) => startKeptRenditions(registry, state, stream) });
  return archive;
}

/** A rendition that is kept runs though nobody watches it. */
function startKeptRenditions(registry: Registry, { rules, settingsOf }: State, { id }: Stream): void {
  const settings = settingsOf(id);
  for (const { name } of rules().templatesOf(settings.transcode)) {
    if (!isKept(settings, name)) continue;
    const rendition = { ...id, name: `${id.name}_${name}` };
    // The ladder offers its renditions when it hears of the publish, as we do.
    setImmediate(() => void registry.whenLive(rendition, 0, new AbortController().signal));
  }
}

type TroubleHearers = { readonly log: Base['log']; readonly gauge: { set(value: number): void } };

/** Why streams can't be kept now: one line when it begins, one when it is over. */
class ArchiveTroubles {
  readonly #options: TroubleHearers;
  readonly #reasons = new Map<string, string>();

  constructor(options: TroubleHearers) {
    this.#options = options;
    options.gauge.set(1);
  }

  get reason(): string | undefined {
    return this.#reasons.values().next().value;
  }

  set(id: StreamId, error: unknown): void {
    const { log, gauge } = this.#options;
    const key = streamKey(id);
    if (error === undefined) {
      if (this.#reasons.delete(key)) log.info({ ...id }, 'stream is kept in the archive again');
    } else {
      if (!this.#reasons.has(key)) log.error({ error, ...id }, 'stream cannot be kept in the archive, live goes on');
      this.#reasons.set(key, reasonOf(error));
    }
    gauge.set(this.#reasons.size === 0 ? 1 : 0);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ArchiveError) return `${error.message}. ${error.remedy}`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk of the archive is full';
  return code === 'EROFS' || code === 'EACCES' ? `the archive may not be written (${code})` : message;
}
