import { type ApiClient, ApiRefusal, CliError } from '../installation/index.ts';
import { type Drill, untilSeen } from './drill.ts';
import type { Encoder } from './encoder.ts';

type Stream = { readonly state: string; readonly tracks: readonly unknown[] };
export type StreamName = { readonly domain: string; readonly app: string; readonly stream: string };

const LIVE_WITHIN_MS = 30_000;

/** Waits until the encoder's stream is live; says why where the encoder ends before. */
export async function untilLive(
  { signal }: Pick<Drill, 'signal'>,
  api: Pick<ApiClient, 'get'>,
  encoder: Encoder,
  { domain, app, stream }: StreamName,
): Promise<void> {
  const remedy = 'Look into the log of the server for why it was refused.';
  const look = async () => {
    if (!encoder.isRunning) throw new CliError(`the encoder ended: ${encoder.lastWords()}`, remedy);
    const found = await api.get<Stream>(`/streams/${domain}/${app}/${stream}`).catch(() => undefined);
    return found?.state === 'publishing' && found.tracks.length > 0;
  };
  await untilSeen(`${app}/${stream} is live`, look, { withinMs: LIVE_WITHIN_MS, signal, remedy });
}

/** Ends what the stream waits for, so that nothing of it is left. */
export async function endStream(api: Pick<ApiClient, 'remove'>, { domain, app, stream }: StreamName): Promise<void> {
  try {
    await api.remove(`/streams/${domain}/${app}/${stream}`);
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 404)) throw error;
  }
}
