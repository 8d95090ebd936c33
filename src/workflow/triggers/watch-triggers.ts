import type { Stats } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type FSWatcher, watch } from 'chokidar';
import type { Logger } from '../../log/index.ts';
import type { Storages } from '../../storage/index.ts';
import { rootMessage, type TriggerTables } from '../../store/index.ts';
import type { ObjectEvent } from './object-event.ts';
import type { TriggerSettings } from './trigger-settings.ts';
import type { Trigger, Triggers } from './triggers.ts';

export type WatchOptions = {
  readonly triggers: Triggers;
  readonly tables: Pick<TriggerTables, 'isReady'>;
  readonly storages: Storages;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** How often it is looked which triggers there are, in ms. */
  readonly lookEveryMs?: number;
};

type Watched<Kind extends TriggerSettings['kind']> = Trigger & {
  readonly settings: Extract<TriggerSettings, { kind: Kind }>;
};
type Fire = (event: ObjectEvent) => Promise<void>;

const LOOK_EVERY_MS = 3000;
/** Names under which programs write what is not whole yet. */
const UNFINISHED = /(^\.|~$|\.(part|partial|tmp|temp|crdownload|filepart|swp)$)/i;

/** Watches folders and prefixes for the triggers that there are; returns the way to stop. */
export function watchTriggers(options: WatchOptions): () => Promise<void> {
  const { triggers, tables, log, lookEveryMs = LOOK_EVERY_MS } = options;
  const stopping = new AbortController();
  const watching = new Map<string, { readonly mark: string; readonly stop: () => Promise<void> }>();
  const look = async () => {
    if (!tables.isReady) return;
    const wanted = (await triggers.list()).filter(({ isEnabled, settings }) => isEnabled && settings.kind !== 'event');
    const marks = new Map(wanted.map((each) => [each.id, `${each.updatedAtMs}`]));
    for (const [id, { mark, stop }] of watching) {
      if (marks.get(id) === mark) continue;
      watching.delete(id);
      await stop();
      triggers.noteTrouble(id, undefined);
    }
    for (const trigger of wanted) {
      if (watching.has(trigger.id)) continue;
      watching.set(trigger.id, { mark: `${trigger.updatedAtMs}`, stop: watchOne(trigger, options) });
    }
  };
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => log.warn({ reason: rootMessage(error) }, 'triggers cannot be read'));
      await delay(lookEveryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await looking;
    await Promise.all([...watching.values()].map(({ stop }) => stop()));
  };
}

function watchOne(trigger: Trigger, options: WatchOptions): () => Promise<void> {
  const { triggers, log } = options;
  const fire: Fire = async (event) => {
    const { run, ignored } = await triggers.fire(trigger, event);
    if (run) log.info({ trigger: trigger.id, object: event.object, run }, 'trigger started a run');
    else log.warn({ trigger: trigger.id, object: event.object, reason: ignored }, 'trigger started no run');
  };
  if (trigger.settings.kind === 'folder') return watchFolder(trigger as Watched<'folder'>, fire, options);
  return watchPrefix(trigger as Watched<'prefix'>, fire, options);
}

/** A file counts once nothing has been written to it for a while, also one that was being written when we came. */
function watchFolder({ settings, id, createdAtMs }: Watched<'folder'>, fire: Fire, { log, triggers }: WatchOptions) {
  const { folder, prefix, suffix, stillSeconds, existing, everySeconds } = settings;
  const stopping = new AbortController();
  const { signal } = stopping;
  const waiting = new Set<string>();
  const taking = new Set<Promise<void>>();
  const take = async (path: string) => {
    const still = stillFile(path, stillSeconds * 1000, signal);
    // What is written from here on is news.
    const { size, mtimeMs, ctimeMs } = await still.finally(() => waiting.delete(path));
    // Copies keep their old times of change, not this one.
    if (existing === 'skip' && ctimeMs < createdAtMs) return;
    const object = nameBelow(folder, path);
    const content = `${size}-${mtimeMs}`;
    await fire({ object, source: { file: path }, content, sizeBytes: size, name: 'file' });
  };
  const seen = (path: string) => {
    const name = nameBelow(folder, path);
    const isOurs = name.startsWith(prefix) && name.endsWith(suffix);
    if (!isOurs || waiting.has(path) || name.split('/').some((part) => UNFINISHED.test(part))) return;
    waiting.add(path);
    const task = take(path)
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ trigger: id, reason: rootMessage(error) }, 'a file set off nothing');
      })
      .finally(() => taking.delete(task));
    taking.add(task);
  };
  const opening = watcherOf(folder, everySeconds).then((watcher) => {
    watcher.on('add', seen).on('change', seen);
    watcher.on('error', (error) => {
      triggers.noteTrouble(id, rootMessage(error));
      log.warn({ trigger: id, reason: rootMessage(error) }, 'a folder cannot be watched');
    });
    watcher.on('addDir', () => triggers.noteTrouble(id, undefined));
    return watcher;
  });
  // One that is not there is no error: it may come.
  const missing = access(folder).catch(() => triggers.noteTrouble(id, `the folder ${folder} cannot be read; make it`));
  return async () => {
    stopping.abort();
    await missing;
    await (await opening).close();
    await Promise.all(taking);
  };
}

/** Of NFS, SMB, FUSE, 9P, Ceph and Lustre: the kernel does not tell what other machines write there. */
const OF_NETWORKS = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x00c36400, 0x0bd00bd0]);
const NETWORK_EVERY_SECONDS = 10;

async function watcherOf(folder: string, everySeconds: number | undefined): Promise<FSWatcher> {
  const isRemote = await statfs(folder).then(
    ({ type }) => OF_NETWORKS.has(type),
    () => false,
  );
  const every = everySeconds ?? (isRemote ? NETWORK_EVERY_SECONDS : undefined);
  const looking = every === undefined ? {} : { usePolling: true, interval: every * 1000, binaryInterval: every * 1000 };
  return watch(folder, { followSymlinks: false, ...looking });
}

function nameBelow(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

async function stillFile(path: string, stillMs: number, signal: AbortSignal): Promise<Stats> {
  let last = await stat(path);
  for (;;) {
    await delay(stillMs, undefined, { signal, ref: false });
    const now = await stat(path);
    if (now.size === last.size && now.mtimeMs === last.mtimeMs) return now;
    last = now;
  }
}

/** Looks again and again: an object counts when it was the same the time before, and is a little old. */
function watchPrefix(
  { settings, id, createdAtMs }: Watched<'prefix'>,
  fire: Fire,
  { storages, log, triggers }: WatchOptions,
) {
  const { storage: name, prefix, suffix, everySeconds, stillSeconds, existing } = settings;
  const stopping = new AbortController();
  const { signal } = stopping;
  let before = new Map<string, string>();
  const done = new Map<string, string>();
  const look = async () => {
    const storage = storages.get(name);
    const now = new Map<string, string>();
    for await (const { name: object, sizeBytes, modifiedAtMs, ...info } of storage.list(prefix, { signal })) {
      const arrivedAtMs = info.arrivedAtMs ?? modifiedAtMs;
      if (!object.endsWith(suffix) || (existing === 'skip' && arrivedAtMs < createdAtMs)) continue;
      const content = `${sizeBytes}-${modifiedAtMs}`;
      now.set(object, content);
      const isStill = before.get(object) === content && Date.now() - modifiedAtMs >= stillSeconds * 1000;
      if (!isStill || done.get(object) === content) continue;
      await fire({ object, source: { storage: name, object }, content, sizeBytes, name: 'object' });
      done.set(object, content);
    }
    for (const object of done.keys()) if (!now.has(object)) done.delete(object);
    before = now;
    triggers.noteTrouble(id, undefined);
  };
  const looking = (async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        if (signal.aborted) return;
        triggers.noteTrouble(id, rootMessage(error));
        log.warn({ trigger: id, reason: rootMessage(error) }, 'a prefix cannot be watched');
      });
      await delay(everySeconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await looking;
  };
}
