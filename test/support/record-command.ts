import type { Headwater } from './headwater.ts';
import { until } from './until.ts';

/** Says to the recording of `live/{stream}` what an operator would; throws what it is refused with. */
export function recordCommand(
  server: Headwater,
  stream: string,
  command: 'start' | 'stop' | 'restart' | 'cancel_delay',
  domain = 'default',
): Promise<void> {
  return server.api(`/streams/${domain}/live/${stream}/record`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ command }),
  });
}

/** Has the files of a publish that is over, or about to be, made without their delay. */
export async function cancelDelay(server: Headwater, stream: string): Promise<void> {
  await until(`${stream} is paused`, () =>
    recordCommand(server, stream, 'cancel_delay').then(
      () => true,
      () => false,
    ),
  );
}
