import { start } from './child.ts';
import type { ForeignPlayer } from './foreign-player.ts';

/** Plays a URL by ffplay without screen and sound. */
export function startFfplay(url: string): ForeignPlayer {
  const child = start('ffplay', ['-hide_banner', '-stats', '-loglevel', 'warning', '-autoexit', url], {
    env: { ...process.env, SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' },
  });
  return {
    async shownMs() {
      const clock = /.*?(-?\d+\.\d+) [AM]-[VA]:/.exec(child.stderr().split('\r').at(-2) ?? '')?.[1];
      return clock === undefined ? undefined : Math.round(Number(clock) * 1000);
    },
    exited: child.exited,
    said: child.stderr,
    async stop() {
      await child.stop();
    },
  };
}
