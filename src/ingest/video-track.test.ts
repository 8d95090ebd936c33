import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { decodeVideoTag, FlvReader } from '../protocol/flv/index.ts';
import { videoSourceOf } from './video-track.ts';

/** The track of a second of H.264 as FFmpeg makes it. */
function trackOf(...options: string[]) {
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=25', '-t', '1', '-c:v', 'libx264', '-g', '25'];
  const made = execFileSync('ffmpeg', ['-v', 'error', ...input, ...options, '-f', 'flv', 'pipe:1']);
  const tags = [...new FlvReader().push(made)].flatMap((tag) => (tag.type === 'video' ? [tag.payload] : []));
  const [header, frame] = tags.map(decodeVideoTag);
  if (header?.kind !== 'sequence-header' || frame?.kind !== 'frame') throw new Error('no stream');
  return videoSourceOf(header.codec, header.config).trackAt(frame.data);
}

describe('videoSourceOf', () => {
  it('takes the rate that is declared, and not the ticks of a clock for one', () => {
    expect(trackOf().frameRate).toBe(25);
    expect(trackOf('-fps_mode', 'passthrough', '-enc_time_base', '1:1000').frameRate).toBeUndefined();
  });
});
