import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MalformedError } from '../protocol/bytes/index.ts';
import { BUILT_IN_TEMPLATES, compileRules, type WatermarkInput, type WatermarkRule } from '../rules/index.ts';
import { ffmpegArguments } from './ffmpeg-arguments.ts';
import { pngSize } from './png-size.ts';
import { planRung } from './rung-plan.ts';
import { solidPng } from './test-png.ts';
import { findTextTool } from './text-tool.ts';
import { type Watermark, WatermarkFiles, watermarkCheck } from './watermark-files.ts';
import { placeWatermark } from './watermark-filters.ts';

const home = mkdtempSync(join(tmpdir(), 'headwater-marks-'));
const imagesDir = join(home, "im'ages: [x]");
const textTool = { font: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' };
mkdirSync(join(imagesDir, 'sub'), { recursive: true });
const logo = solidPng(40, 20, [255, 0, 0, 255]);
writeFileSync(join(imagesDir, 'logo.png'), logo);
writeFileSync(join(imagesDir, 'sub/logo.png'), logo);
writeFileSync(join(imagesDir, 'text.png'), 'no picture');
writeFileSync(join(imagesDir, 'half.png'), logo.subarray(0, -9));
writeFileSync(join(imagesDir, 'hurt.png'), logo.with(45, (logo[45] ?? 0) ^ 1));
writeFileSync(join(imagesDir, 'heavy.png'), Buffer.alloc(5_000_000));
writeFileSync(join(home, 'secret.png'), logo);
symlinkSync(join(home, 'secret.png'), join(imagesDir, 'out.png'));
symlinkSync(join(imagesDir, 'logo.png'), join(imagesDir, 'in.png'));
symlinkSync('/dev/zero', join(imagesDir, 'zero.png'));
symlinkSync(home, join(imagesDir, 'up'));
mkdirSync(join(imagesDir, 'folder.png'));

afterAll(() => rmSync(home, { recursive: true, force: true }));

const workDir = join(home, 'work');
const files = new WatermarkFiles({ imagesDir, workDir, textTool: () => textTool });

function ruleOf(input: Omit<WatermarkInput, 'name'>): WatermarkRule {
  const compiled = compileRules({ watermarks: [{ name: 'mark', ...input }] });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.compiled.watermark('mark')!;
}

const prepared = (input: Omit<WatermarkInput, 'name'>) => files.prepare(ruleOf(input));
const usable = (input: Omit<WatermarkInput, 'name'>) => prepared(input) as Watermark;

describe('pngSize', () => {
  it('reads the size of a whole PNG', () => {
    expect(pngSize(logo)).toEqual({ width: 40, height: 20 });
  });

  it('throws nothing but MalformedError for any other bytes', () => {
    fc.assert(
      fc.property(fc.nat(logo.length - 1), fc.nat(255), fc.nat(logo.length), (at, value, end) => {
        const bytes = Uint8Array.from(logo.with(at, value)).subarray(0, end);
        try {
          pngSize(bytes);
          expect(Buffer.from(bytes).equals(logo)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });
});

describe('watermarkCheck', () => {
  const check = watermarkCheck(imagesDir, () => textTool);

  it.each<[string, Omit<WatermarkInput, 'name'>, string, RegExp]>([
    ['a file that is not there', { image: 'none.png', height: 20 }, 'image', /^is not in the folder/],
    ['a link out of the folder', { image: 'out.png', height: 20 }, 'image', /^is not in the folder/],
    ['a folder that leads out', { image: 'up/secret.png', height: 20 }, 'image', /^is not in the folder/],
    ['a device', { image: 'zero.png', height: 20 }, 'image', /not in the folder/],
    ['a folder', { image: 'folder.png', height: 20 }, 'image', /no file/],
    ['another format', { image: 'text.png', height: 20 }, 'image', /PNG: this is none|ends too early/],
    ['a file that was cut off', { image: 'half.png', height: 20 }, 'image', /ends too early/],
    ['a damaged file', { image: 'hurt.png', height: 20 }, 'image', /is damaged/],
    ['a heavy file', { image: 'heavy.png', height: 20 }, 'image', /4194304 is the most/],
    [
      'one wider than the picture',
      { image: 'logo.png', height: 1000 },
      'xOffset',
      /outside the picture: .* 2000 pixels/,
    ],
    ['one off the side', { image: 'logo.png', height: 100, xOffset: 1800 }, 'xOffset', /outside the picture/],
  ])('refuses %s', (_what, input, field, message) => {
    expect(check(ruleOf(input))).toEqual({ field, message: expect.stringMatching(message) });
    expect(prepared(input)).toEqual({ rule: expect.anything(), reason: expect.stringMatching(message) });
  });

  it('refuses text where there is no font or no filter for it', () => {
    const reason = 'there is no font';
    expect(watermarkCheck(imagesDir, () => ({ reason }))(ruleOf({ text: 'a', height: 20 }))).toEqual({
      field: 'text',
      message: reason,
    });
    expect(findTextTool(undefined, '/nonexistent.ttf')).toEqual({ reason: expect.stringMatching(/nonexistent\.ttf/) });
    expect(findTextTool('/bin/false', textTool.font)).toEqual({ reason: expect.stringMatching(/^can't be drawn/) });
    expect(findTextTool('ffmpeg', textTool.font)).toEqual(textTool);
  });

  it.each(['logo.png', 'sub/logo.png', 'in.png'])('takes %s', (image) => {
    expect(check(ruleOf({ image, height: 20 }))).toBeUndefined();
    const { file, size } = usable({ image, height: 20 });
    expect(size).toEqual({ width: 40, height: 20 });
    expect(readFileSync(join(workDir, file)).equals(logo)).toBe(true);
  });

  it('gives FFmpeg what was checked, though the file is swapped later, and sees a new one', () => {
    const swapped = join(imagesDir, 'swapped.png');
    writeFileSync(swapped, logo);
    const { file } = usable({ image: 'swapped.png', height: 20 });
    writeFileSync(swapped, 'no picture any more');
    expect(readFileSync(join(workDir, file)).equals(logo)).toBe(true);
    expect(prepared({ image: 'swapped.png', height: 20 })).toHaveProperty('reason');
    expect(statSync(workDir).mode & 0o777).toBe(0o700);
  });
});

describe('placeWatermark', () => {
  const mark = (input: Partial<WatermarkInput>) => usable({ image: 'logo.png', height: 108, ...input });

  it.each<[string, Partial<WatermarkInput>, { width: number; height: number }, object]>([
    [
      'at its size',
      { xOffset: 50, yOffset: 100 },
      { width: 1920, height: 1080 },
      { x: 50, y: 100, width: 216, height: 108 },
    ],
    ['a third', { xOffset: 51, yOffset: 99 }, { width: 640, height: 360 }, { x: 17, y: 33, width: 72, height: 36 }],
    [
      'turned',
      { xOffset: 192, yOffset: 108 },
      { width: 1080, height: 1920 },
      { x: 108, y: 192, width: 384, height: 192 },
    ],
    [
      'in a frame of its own',
      { refWidth: 640, refHeight: 360, height: 36, xOffset: 10 },
      { width: 320, height: 180 },
      { x: 5, y: 0, width: 36, height: 18 },
    ],
    ['never of no size', { height: 4 }, { width: 128, height: 64 }, { width: 2, height: 1 }],
    ['half seen', { transparency: 128 }, { width: 1920, height: 1080 }, { opacity: 128 / 255 }],
  ])('draws it %s', (_what, input, picture, placed) => {
    expect(placeWatermark(mark(input), picture)).toMatchObject(placed);
  });
});

describe('what FFmpeg is told', () => {
  const template = BUILT_IN_TEMPLATES.get('lld')!;
  const encoders = { kind: 'software' as const, available: new Set(['libx264']) };
  const source = { tracks: { video: { kind: 'video', codec: 'h264', width: 1280, height: 720 } } } as never;
  const argsFor = (marks: readonly Watermark[]) => {
    const planned = planRung({ ...template, marks }, source);
    if (!('plan' in planned)) throw new Error(planned.reason);
    return ffmpegArguments({ input: 'flv', encoders, rungs: [planned.plan] });
  };
  const graphOf = (args: readonly string[]) => args[args.indexOf('-filter_complex') + 1] ?? '';

  it('is one graph: scaled, then drawn on, one over the other', () => {
    const image = usable({ image: 'logo.png', height: 108, xOffset: 30, yOffset: 60, transparency: 128 });
    const text = usable({ text: 'live', height: 54, corner: 'BottomLeft', xOffset: 15, yOffset: 6, color: '#ffcc00' });
    expect(graphOf(argsFor([image, text])).split(';')).toEqual([
      '[0:v:0]split=1[s0]',
      '[s0]scale=640:360:flags=bicubic,setsar=1[b0]',
      `movie=filename=${image.file}:format_name=png_pipe,format=rgba,scale=72:36:flags=bicubic,colorchannelmixer=aa=0.502[m0_i0]`,
      '[b0][m0_i0]overlay=x=W-w-10:y=20:eof_action=repeat:format=yuv420[m0_1]',
      `[m0_1]drawtext=fontfile=font:textfile=${text.file}:expansion=none:fontsize=18:fontcolor=0xffcc00@1.000:x=5:y=h-th-2[d0]`,
      '[d0]format=yuv420p[v0]',
    ]);
  });

  it('has nothing of what users write in it', () => {
    const base = ruleOf({ text: 'a', height: 20 });
    const plain = argsFor([files.prepare(base) as Watermark]);
    const hostile = fc.oneof(
      fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }),
      fc.stringMatching(/^[':;,[\]%{}\\=|@#\n]{1,40}$/),
      fc.constantFrom(
        "':%{localtime}\\,[x]",
        "'],movie=/etc/passwd[x];[x]",
        '%{expr_int_format:1:x}',
        'file:/etc/passwd',
      ),
    );
    const texts = hostile.filter((text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the rules refuse them
      return !/[\u0000-\u0009\u000b-\u001f\u007f]/.test(text) && text.split('\n').length < 20;
    });
    const rules = fc.record({
      text: texts,
      height: fc.integer({ min: 4, max: 40 }),
      corner: fc.constantFrom('TopLeft' as const, 'TopRight' as const, 'BottomLeft' as const, 'BottomRight' as const),
      xOffset: fc.double({ min: 0, max: 500, noNaN: true }),
      yOffset: fc.double({ min: 0, max: 200, noNaN: true }),
      color: fc.stringMatching(/^#[0-9a-fA-F]{6}$/),
      transparency: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(rules, (rule) => {
        const mark = files.prepare({ ...base, ...rule }) as Watermark;
        const args = argsFor([mark]);
        expect(args.length).toBe(plain.length);
        expect(args.filter((arg, index) => arg !== plain[index])).toHaveLength(1);
        expect(graphOf(args)).toMatch(
          /^\[0:v:0\]split=1\[s0\];\[s0\]scale=640:360:flags=bicubic,setsar=1\[b0\];\[b0\]drawtext=fontfile=font:textfile=[0-9a-f]{64}\.txt:expansion=none:fontsize=\d+:fontcolor=0x[0-9a-fA-F]{6}@[01]\.\d{3}:x=(w-tw-)?\d+:y=(h-th-)?\d+\[d0\];\[d0\]format=yuv420p\[v0\]$/,
        );
        expect(readFileSync(join(workDir, mark.file), 'utf8')).toBe(Buffer.from(rule.text).toString());
      }),
      { numRuns: 100 },
    );
  });

  it('leaves out what can’t be drawn, and says so in the plan of the rest', () => {
    const marks = [prepared({ image: 'none.png', height: 20 })] as Watermark[];
    expect(graphOf(argsFor(marks))).toBe(
      '[0:v:0]split=1[s0];[s0]scale=640:360:flags=bicubic,setsar=1,format=yuv420p[v0]',
    );
  });
});
