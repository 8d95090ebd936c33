import { z } from 'zod';
import type { JsonObject, StepAction } from '../../jobs/index.ts';
import type { MediaTools } from '../../media/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { placeSchema } from './media-input.ts';
import { parsed } from './parsed.ts';

const probeInput = z.strictObject({ source: placeSchema });

/** `probe`: what a file is; refused where it is no media. */
export function probeAction(media: MediaTools): StepAction {
  return {
    name: 'probe',
    run: async (run) => {
      const { source } = parsed(probeInput, run);
      const info = await media.probe(source, mediaRun(run));
      return { output: { source, info: info as unknown as JsonObject } };
    },
  };
}
