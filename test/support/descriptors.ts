import { readdir } from 'node:fs/promises';

/** Files and sockets that a process has open. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
