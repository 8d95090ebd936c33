import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startHeadwater, tempDir } from '../support/index.ts';
import { makeFilm } from '../support/media.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { post } from '../support/uploads.ts';
import { line } from './measured.ts';
import type { SuiteOptions } from './suite.ts';

const LOOK_EVERY_MS = 100;
const LONGEST_MS = 600_000;

type PlayInfo = { readonly sources: readonly { readonly definition: string; readonly url: string }[] };

/** How soon after its upload an asset of 720p plays, by its first rendition and by all of them. */
export async function firstRung({ seconds }: SuiteOptions): Promise<void> {
  const lengthSeconds = Math.max(60, seconds);
  const home = await tempDir('first-rung');
  const server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN] },
    env: { HEADWATER_RECORDINGS_DIR: home.path },
  });
  try {
    await makeFilm(join(home.path, 'film.mkv'), { seconds: lengthSeconds, size: '1280x720' });
    await until(async () => (await server.api<{ database: { state: string } }>('/health')).database.state === 'ready');
    const startMs = performance.now();
    const sinceStart = () => (performance.now() - startMs) / 1000;
    const { id } = await server.api<{ id: string }>(
      '/assets',
      post({ storage: 'recordings', object: 'film.mkv', title: 'Film' }),
    );
    await until(() => plays(server, id));
    const first = sinceStart();
    await until(async () => (await server.api<{ status: string }>(`/assets/${id}`)).status === 'Normal');
    console.log(`| ${lengthSeconds} s of 720p | after s | of its length |\n|---|--:|--:|`);
    console.log(line('the first rung plays, bar 0.3', first, first / lengthSeconds));
    console.log(line('all is there', sinceStart(), sinceStart() / lengthSeconds));
  } finally {
    await server.stop();
    await home.remove();
  }
}

/** Whether a viewer gets a playlist and its first segment. */
async function plays(server: Awaited<ReturnType<typeof startHeadwater>>, id: string): Promise<boolean> {
  const info = await server.api<PlayInfo>(`/assets/${id}/play-info`).catch(() => ({ sources: [] }));
  const rung = info.sources.find(({ definition }) => definition === 'LD');
  if (rung === undefined) return false;
  const list = await fetch(rung.url);
  const [segment] = (await list.text()).split('\n').filter((each) => each !== '' && !each.startsWith('#'));
  if (segment === undefined) return false;
  const answer = await fetch(new URL(segment, list.url));
  return answer.ok && (await answer.arrayBuffer()).byteLength > 1000;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LONGEST_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error('it took longer than ten minutes');
    await delay(LOOK_EVERY_MS);
  }
}
