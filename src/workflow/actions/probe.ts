import { z } from 'zod';
import type { JsonObject, StepAction } from '../../jobs/index.ts';
import { type MediaTools, placeSchema } from '../../media/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { parsed } from './parsed.ts';

const probeInput = z.strictObject({ source: placeSchema });
const marksInput = z.strictObject({
  source: placeSchema,
  silenceDb: z.number().min(-100).max(0).exactOptional(),
  silenceSeconds: z.number().min(0.01).max(86_400).exactOptional(),
  blackSeconds: z.number().min(0.01).max(86_400).exactOptional(),
  blackPart: z.number().min(0.01).max(1).exactOptional(),
});

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

/** `marks`: where nothing is heard, and where nothing is seen. */
export function marksAction(media: MediaTools): StepAction {
  return {
    name: 'marks',
    run: async (run) => {
      const { source, ...settings } = parsed(marksInput, run);
      const found = await media.marks(source, settings, mediaRun(run));
      return { output: { source, ...(found as unknown as JsonObject) } };
    },
  };
}
