import { resolve } from 'node:path';
import { build, defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
const outDir = resolve(root, '../dist/player');

/** Builds the beacon snippet as one classic script with a lasting name, so that a foreign page can name it in a tag. */
function beaconSnippet(): Plugin {
  return {
    name: 'headwater-beacon-snippet',
    apply: 'build',
    async closeBundle() {
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        build: {
          outDir,
          emptyOutDir: false,
          lib: {
            entry: resolve(root, 'snippet/headwater-beacon.ts'),
            name: 'HeadwaterBeacon',
            formats: ['iife'],
            fileName: () => 'headwater-beacon.js',
          },
        },
      });
    },
  };
}

export default defineConfig({
  root,
  base: '/_headwater/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: Object.fromEntries(
        ['watch', 'console', 'reference', 'clip', 'clip-away', 'nothing'].map((page) => [
          page,
          resolve(root, page, 'index.html'),
        ]),
      ),
    },
  },
  plugins: [beaconSnippet()],
});
