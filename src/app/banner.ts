import type { RunningApp } from './app.ts';

/** What a person needs after the start: what to type into OBS, where to watch, where the console is. */
export function banner({ setup, addresses, isFirstStart, adminPassword, posture }: RunningApp): string {
  const console = `http://127.0.0.1:${addresses.controlPort}/`;
  const lines = [
    '',
    '  Headwater is running.',
    '',
    '  Push with OBS (Settings > Stream > Custom):',
    `    Server      ${setup.obs.server}`,
    `    Stream key  ${setup.obs.streamKey}`,
    '',
    '  Watch:',
    `    Player      ${setup.urls.page}`,
    `    LL-HLS      ${setup.urls.hls}`,
    `    HTTP-FLV    ${setup.urls.flv}`,
    `    RTMP        ${setup.urls.rtmp}`,
    '',
    `  Console       ${console}   user admin`,
    isFirstStart
      ? `    Password    ${adminPassword}   (shown this once; kept in secrets.json of the data directory)`
      : '    Password    as shown at the first start; kept in secrets.json of the data directory (in a cluster, of the node that was started first)',
    ...posture().map(({ sentence, remedy }) => `  Note: ${sentence} ${remedy}`),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
