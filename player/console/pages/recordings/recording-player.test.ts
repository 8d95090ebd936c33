import { describe, expect, it } from 'vitest';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { playRecording } from './recording-player.ts';

/** As much of a video element as a recording takes. Where there are no media sources, it takes HLS by itself. */
class Video extends EventTarget {
  src = '';
  removeAttribute(): void {
    this.src = '';
  }
  load(): void {}
}

function open() {
  const element = new Video();
  const play = (format: RecordingEntry['format'], url: string) =>
    playRecording(element as unknown as HTMLVideoElement, { format, url } as RecordingEntry, () => undefined);
  return { element, play };
}

/** Whoever asked for it before has it, too. */
async function untilPlayerCame(): Promise<void> {
  await import('hls.js');
  await new Promise(setImmediate);
}

describe('playRecording', () => {
  it('leaves the element to what was pressed last, however late the player of another comes', async () => {
    const { element, play } = open();
    play('m3u8', 'http://test/one.m3u8')();
    play('mp4', 'http://test/two.mp4');
    await untilPlayerCame();
    expect(element.src).toBe('http://test/two.mp4');
  });

  it('gives the element back', async () => {
    const { element, play } = open();
    const leave = play('m3u8', 'http://test/one.m3u8');
    await untilPlayerCame();
    expect(element.src).toBe('http://test/one.m3u8');
    leave();
    expect(element.src).toBe('');
  });
});
