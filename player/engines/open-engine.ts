import type { Engine, EngineOptions } from './engine.ts';
import { openFlvEngine } from './flv-engine.ts';
import { openHlsEngine } from './hls-engine.ts';
import { openNativeEngine } from './native-engine.ts';
import type { StreamProtocol } from './protocol.ts';

/** Starts one attempt; the library behind it is fetched at the first need. */
export async function openEngine(protocol: StreamProtocol, options: EngineOptions): Promise<Engine> {
  switch (protocol) {
    case 'flv':
      return openFlvEngine(options);
    case 'llhls':
      return openHlsEngine({ ...options, isLowLatency: true });
    case 'hls':
      return openHlsEngine({ ...options, isLowLatency: false });
    case 'native':
      return openNativeEngine(options);
  }
}
