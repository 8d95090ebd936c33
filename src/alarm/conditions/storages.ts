import type { Condition, Observation } from './condition.ts';

export type DiskUse = { readonly path: string; readonly freeBytes: number; readonly totalBytes: number };

export type StorageSources = {
  readonly node: string;
  /** Why the last upload into each failed. */
  readonly failing: () => ReadonlyMap<string, string>;
  /** Seconds that the oldest upload has waited; undefined where it is not known. */
  readonly oldestSeconds: () => number | undefined;
  readonly latestSeconds: () => number;
  /** Uploads given up within a day, by storage; undefined while the database cannot be asked. */
  readonly dead: () => readonly { readonly storage: string; readonly dead: number }[] | undefined;
  /** Jobs that failed within a day, by pipeline, where this node looks for all; undefined while it is not known. */
  readonly failedJobs: () => readonly { readonly pipeline: string; readonly failed: number }[] | undefined;
  readonly mostDead: () => number;
  /** Why the archive cannot be written. */
  readonly archiveFailure: () => string | undefined;
  readonly disks: () => readonly DiskUse[] | undefined;
  readonly leastFreePercent: () => number;
};

/** Storages, the archive and disks that do not take what is to be kept. */
export function storages(sources: StorageSources): readonly Condition[] {
  return [
    { codes: ['STORAGE_BEHIND'], scope: 'node', look: () => behind(sources) },
    { codes: ['JOBS_FAILED'], scope: 'node', look: () => failed(sources) },
    { codes: ['ARCHIVE_FAILING'], scope: 'node', look: () => archive(sources) },
    { codes: ['DISK_LOW'], scope: 'node', look: () => disks(sources) },
  ];
}

function behind({ node, failing, oldestSeconds, latestSeconds }: StorageSources): Observation[] {
  const code = 'STORAGE_BEHIND';
  const broken = [...failing()].map(([storage, reason]) => {
    const sentence = `The storage ${storage} takes no uploads from ${node}: ${reason}.`;
    return { code, subject: { kind: 'storage', name: storage }, sentence } as const;
  });
  const oldest = oldestSeconds() ?? 0;
  if (broken.length > 0 || oldest <= latestSeconds()) return broken;
  const sentence = `The oldest upload of ${node} has waited for ${Math.round(oldest / 60)} minutes.`;
  return [{ code, subject: { kind: 'node', name: node }, sentence }];
}

function failed({ dead, failedJobs, mostDead }: StorageSources): Observation[] | undefined {
  const [uploads, jobs] = [dead(), failedJobs()];
  if (uploads === undefined || jobs === undefined) return undefined;
  const code = 'JOBS_FAILED';
  const most = Math.max(1, mostDead());
  return [
    ...uploads
      .filter((each) => each.dead >= most)
      .map(({ storage: name, dead: count }): Observation => {
        const sentence = `${count} uploads into ${name} were given up within a day.`;
        return { code, subject: { kind: 'storage', name }, sentence };
      }),
    ...jobs
      .filter((each) => each.failed >= most)
      .map(({ pipeline: name, failed: count }): Observation => {
        const sentence = `${count} jobs of the pipeline ${name} failed within a day.`;
        return { code, subject: { kind: 'pipeline', name }, sentence };
      }),
  ];
}

function archive({ node, archiveFailure }: StorageSources): Observation[] {
  const reason = archiveFailure();
  if (reason === undefined) return [];
  const sentence = `Streams are not recorded on ${node}: ${reason}.`;
  return [{ code: 'ARCHIVE_FAILING', subject: { kind: 'node', name: node }, sentence }];
}

/** A third of what is too little wakes somebody. */
const PAGE_SHARE = 1 / 3;

function disks({ node, disks: all, leastFreePercent }: StorageSources): Observation[] | undefined {
  return all()?.flatMap(({ path, freeBytes, totalBytes }) => {
    const percent = totalBytes > 0 ? (100 * freeBytes) / totalBytes : 100;
    if (percent >= leastFreePercent()) return [];
    const gigabytes = (freeBytes / 1e9).toFixed(1);
    const sentence = `${percent.toFixed(1)} % (${gigabytes} GB) are free on the disk of ${path} of ${node}.`;
    const severity = percent < leastFreePercent() * PAGE_SHARE ? 'page' : 'ticket';
    return [{ code: 'DISK_LOW', subject: { kind: 'disk', name: `${node}:${path}` }, sentence, severity }];
  });
}
