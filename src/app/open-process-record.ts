import { ProcessRecord } from '../transcode/index.ts';
import type { Base } from './base.ts';

/** Ends what a server that was killed left behind; gives whoever starts processes a way of its own to say which run. */
export async function openProcessRecord({
  config,
  log,
  closer,
}: Base): Promise<() => (pids: readonly number[]) => void> {
  const { record, ended } = await ProcessRecord.open(config.dataDir, (error) =>
    log.warn({ error }, 'the processes of FFmpeg could not be written down'),
  );
  if (ended > 0) log.warn({ ended }, 'FFmpeg was left behind by a server that was killed, and is ended now');
  closer.add('record of processes', record);
  const owners: (readonly number[])[] = [];
  return () => {
    const owner = owners.push([]) - 1;
    return (pids) => {
      owners[owner] = pids;
      record.set(owners.flat());
    };
  };
}
