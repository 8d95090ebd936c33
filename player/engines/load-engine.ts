import type { OpenEngine } from './engine.ts';
import { loadFlvEngine } from './flv-engine.ts';
import { loadHlsEngine } from './hls-engine.ts';
import { openNativeEngine } from './native-engine.ts';
import type { StreamProtocol } from './protocol.ts';

/** Fetches the library of a protocol at its first need. What is past is there as HLS only. */
export async function loadEngine(protocol: StreamProtocol, isPast: boolean): Promise<OpenEngine> {
  switch (isPast && protocol !== 'native' ? 'hls' : protocol) {
    case 'flv':
      return loadFlvEngine();
    case 'llhls':
      return loadHlsEngine(true);
    case 'hls':
      return loadHlsEngine(false);
    case 'native':
      return openNativeEngine;
  }
}
