import { createInterface } from 'node:readline';
import type { Logger } from '../../../src/log/index.ts';
import { type NewUpload, type StorageSetting, Storages, Uploads } from '../../../src/storage/index.ts';
import { openStore } from '../../../src/store/index.ts';

/** What the process is told to work with, as its argument. */
export type UploaderJob = {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly settings: readonly StorageSetting[];
};

/** One line in: an upload to add. Lines out: `{"added":name}` once it cannot be lost, `{"stored":name}`, `{"failing":...}`. */
async function main({ dataDir, databaseUrl, settings }: UploaderJob): Promise<void> {
  const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const log: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields: object, at: string) => void say({ at, ...fields }),
    child: () => log,
  };
  const store = await openStore({ dataDir, databaseUrl, log });
  const storages = await Storages.open(settings, log);
  const queue = { leaseMs: 3000, renewEveryMs: 500, sweepEveryMs: 200 };
  const folder = `${dataDir}/uploads`;
  const uploads = await Uploads.open({ store, nodeId: 'node', log, folder, storages, queue, maxPauseMs: 2000 });
  uploads.onStored('test', ({ name }) => void say({ stored: name }));
  uploads.start();
  say({ ready: true });
  setInterval(() => {
    const failing = Object.fromEntries(uploads.failing);
    void uploads
      .counts()
      .catch(() => ({}))
      .then((counts) => say({ failing, journaled: uploads.journaled, ...counts }));
  }, 250);
  for await (const line of createInterface({ input: process.stdin })) {
    const { text, ...upload } = JSON.parse(line) as NewUpload & { text?: string };
    const content = text === undefined ? upload.content : { bytes: Buffer.from(text) };
    await uploads.add({ ...upload, content, kind: 'test' });
    say({ added: upload.name });
  }
}

await main(JSON.parse(process.argv[2] ?? '') as UploaderJob);
