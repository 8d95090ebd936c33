import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, start } from './child.ts';
import { freePort } from './free-port.ts';
import { testPictureArgs } from './publish.ts';
import { RtmpPublisher } from './rtmp-publisher.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

const LIBRARY = fileURLToPath(new URL('../../node_modules/node-media-server', import.meta.url));

/** Another server than ours, on ports that it keeps: node-media-server. */
export type MediaPeer = {
  readonly rtmp: string;
  readonly http: string;
  /** The process that runs, to be killed. */
  readonly child: () => Child;
  /** Begins again after it was killed. */
  start(): Promise<void>;
  /** Publishes a test picture to it with FFmpeg. */
  publish(path: string, picture?: Parameters<typeof testPictureArgs>[0]): Child;
  close(): Promise<void>;
};

export async function mediaPeer(): Promise<MediaPeer> {
  const home = await tempDir('media-peer');
  const [port, httpPort] = [await freePort(), await freePort()];
  const config = { bind: '127.0.0.1', notify: {}, rtmp: { port }, http: { port: httpPort }, auth: {}, static: {} };
  const script = join(home.path, 'run.cjs');
  await writeFile(script, `new (require(${JSON.stringify(LIBRARY)}))(${JSON.stringify(config)}).run();\n`);
  const publishers: Child[] = [];
  let child: Child;
  const peer: MediaPeer = {
    rtmp: `rtmp://127.0.0.1:${port}`,
    http: `http://127.0.0.1:${httpPort}`,
    child: () => child,
    async start() {
      child = start(process.execPath, [script], { cwd: home.path });
      await until('the peer takes publishers', async () => {
        const probe = await RtmpPublisher.open({ port, path: 'live/probe' }).catch(() => undefined);
        await probe?.drop();
        return probe !== undefined;
      });
    },
    publish(path, picture) {
      const publisher = start('ffmpeg', [...testPictureArgs(picture), '-f', 'flv', `${peer.rtmp}/${path}`]);
      publishers.push(publisher);
      return publisher;
    },
    async close() {
      for (const each of publishers) await each.stop('SIGKILL');
      await child.stop('SIGKILL');
      await home.remove();
    },
  };
  await peer.start();
  return peer;
}
