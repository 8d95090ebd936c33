import type { Engine, EngineOptions } from './engine.ts';
import { openFlvEngine } from './flv-engine.ts';
import { openHlsEngine } from './hls-engine.ts';
import { openNativeEngine } from './native-engine.ts';
import type { StreamProtocol } from './protocol.ts';

/** Starts one attempt; the library behind it is fetched at the first need. What is past is there as HLS only. */
export async function openEngine(protocol: StreamProtocol, options: EngineOptions): Promise<Engine> {
  const isPast = options.startMs !== undefined;
  switch (isPast && protocol !== 'native' ? 'hls' : protocol) {
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
