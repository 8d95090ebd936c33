import { isDeepStrictEqual } from 'node:util';
import type { StreamId } from '../../live/index.ts';
import type { CompiledRules } from '../../rules/index.ts';

/** The streams for which other rules would hold: settings, renditions, callbacks, keys, or those of their domain. */
export function touchedStreams(streams: readonly StreamId[], now: CompiledRules, then: CompiledRules): StreamId[] {
  return streams.filter((id) => !isDeepStrictEqual(held(now, id), held(then, id)));
}

function held(rules: CompiledRules, { domain, app, name }: StreamId) {
  const names = [domain, app, name] as const;
  const settings = rules.settingsFor(...names);
  const templates = rules.templatesOf(settings.transcode);
  const watermarks = [settings.transcode, ...templates].flatMap(({ watermarks }) => watermarks);
  return {
    ...{ settings, templates, domain: rules.domain(domain) },
    watermarks: watermarks.map((each) => rules.watermark(each)),
    callbacks: rules.callbacksFor(...names),
    streamKeys: rules.streamKeysFor(...names),
  };
}
