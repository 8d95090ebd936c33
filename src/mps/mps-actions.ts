import type { JsonObject, StepAction, StepRun } from '../jobs/index.ts';
import { Fields, type MediaTools, parseTemplate } from '../media/index.ts';
import { mediaRun } from './media-run.ts';
import { parseOutput } from './parse-output.ts';
import { parseSnapshot } from './parse-snapshot.ts';
import { parseWatermarkTemplate } from './parse-watermark.ts';
import { inputOf } from './places.ts';

/** What a transcode job of MPS carries: its JSON as it came, and the templates as they were then. */
export type MpsTranscode = {
  readonly input: JsonObject;
  /** The storage of the output. */
  readonly bucket: string;
  readonly output: JsonObject;
  readonly template: JsonObject;
  /** Watermark templates that the output names, by their ids. */
  readonly watermarks: JsonObject;
};

export type MpsActionsOptions = {
  readonly media: MediaTools;
  readonly isStorage: (name: string) => boolean;
};

/** `mps-transcode`, `mps-snapshot` and `mps-media-info`: what MPS's Submit… actions ask for. */
export function mpsActions(options: MpsActionsOptions): readonly StepAction[] {
  const action = (name: string, run: (run: StepRun) => Promise<unknown>): StepAction => ({
    name,
    run: async (each) => ({ output: (await run(each)) as JsonObject }),
  });
  return [
    action('mps-transcode', (run) => transcode(options, run)),
    action('mps-snapshot', (run) => snapshot(options, run)),
    action('mps-media-info', ({ input, ...run }) =>
      options.media.probe(inputOf(new Fields('Input', input.input)), mediaRun({ ...run, input })),
    ),
  ];
}

/** Reads what a transcode job carries; throws TEMPLATE_INVALID, which names the field. */
export function transcodeOf(asked: MpsTranscode, isStorage: (name: string) => boolean) {
  const { object, task } = parseOutput(new Fields('Output', asked.output), {
    isStorage,
    watermarkOf: (id) => parseWatermarkTemplate(asked.watermarks[id] ?? {}),
  });
  return {
    ...task,
    input: inputOf(new Fields('Input', asked.input)),
    template: parseTemplate(asked.template),
    output: { storage: asked.bucket, object },
  };
}

function transcode({ media, isStorage }: MpsActionsOptions, run: StepRun) {
  return media.transcode(transcodeOf(run.input as MpsTranscode, isStorage), mediaRun(run));
}

async function snapshot({ media }: MpsActionsOptions, run: StepRun) {
  const input = inputOf(new Fields('Input', run.input.input));
  const { tiles, isVtt, moments, frameType, output, ...size } = parseSnapshot(run.input.config);
  const common = { input, moments, frameType, onCollision: 'overwrite' } as const;
  if (isVtt) {
    const { width, height } = size;
    const cells = {
      ...(width !== undefined && { cellWidth: width }),
      ...(height !== undefined && { cellHeight: height }),
    };
    return media.sprite({ ...common, ...cells, output }, mediaRun(run));
  }
  const pictures =
    tiles === undefined || tiles.keepsCells
      ? await media.snapshot({ ...common, ...size, output }, mediaRun(run, 'pictures'))
      : undefined;
  if (tiles === undefined) return pictures;
  const { keepsCells: _, output: sheets, ...cells } = tiles;
  const sprite = await media.sprite({ ...common, ...cells, output: sheets }, mediaRun(run, 'sheets'));
  return { ...pictures, tiles: sprite };
}
