import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Access, ClientAddresses, ViewerSessions } from './access/index.ts';
import type { Config } from './config/index.ts';
import { Registry, type Stream, type StreamId, type StreamSetup } from './live/index.ts';
import type { Logger } from './log/index.ts';
import { Feeds } from './packager/index.ts';
import { initialRules, RulesSource } from './rules/index.ts';
import { Packagers, PlaybackServer } from './server/playback/index.ts';
import { RTMP_CHUNK_SIZE, RTMP_MESSAGE_STREAM_ID, RtmpServer } from './server/rtmp/index.ts';
import { HighWaterMarks, loadOrCreateSecrets } from './store/index.ts';
import { systemClock } from './system-clock.ts';

export async function startApp(config: Config, log: Logger) {
  const clock = systemClock;
  const { secrets } = await loadOrCreateSecrets(config.dataDir, log);
  const rulesSource = await RulesSource.open({ dataDir: config.dataDir, rulesFile: config.rulesFile ?? undefined, initial: () => initialRules(secrets) });
  const rules = () => rulesSource.current();
  const settingsOf = (id: StreamId) => rules().settingsFor(id.domain, id.app, id.name);
  const marks = await HighWaterMarks.open(config.dataDir);
  const registry = new Registry({ clock, maxHeldRequests: 10000, onReaderError: (error, id) => log.error({ error, ...id }, 'stream reader failed') });
  const access = new Access({ rules, nowMs: clock.wallMs, sessionTokenKeys: { current: Buffer.from(secrets.sessionTokenKey) } });
  const sessions = new ViewerSessions({ limitsOf: () => ({ stream: 0, domain: 0, address: 0, uid: 0 }) });
  const clients = new ClientAddresses({ trustedProxies: config.trustedProxies });
  const feeds = new Feeds({ clock, settingsOf: (stream: Stream) => settingsOf(stream.id).delivery, rtmpChunkSize: RTMP_CHUNK_SIZE, rtmpMessageStreamId: RTMP_MESSAGE_STREAM_ID });
  const packagers = new Packagers({ clock, registry, settingsOf: (id) => settingsOf(id).hls });
  const setupOf = (id: StreamId): StreamSetup => {
    const { publish, hls } = settingsOf(id);
    const mark = marks.get(`${id.domain}/${id.app}/${id.name}`) ?? 0;
    return {
      secondPublisher: publish.secondPublisher, waitMs: publish.waitSeconds * 1000, waitAfterUnpublish: publish.waitAfterUnpublish,
      ghostMs: publish.ghostSeconds * 1000, idleMs: publish.idleSeconds * 1000,
      plan: { firstSegment: Math.max(mark + 1, Math.floor((clock.wallMs() - Date.UTC(2025, 0, 1)) / 1000)), segmentMs: hls.segmentSeconds * 1000, partMs: hls.partMs, longestSegmentMs: config.limits.gopSeconds * 1000 },
      cache: { maxBytes: config.limits.gopBytes, maxMs: config.limits.gopSeconds * 1000 },
    };
  };
  const newId = () => randomUUID();
  const rtmp = new RtmpServer({ clock, log, registry, rules, access, sessions, clients, feeds, limits: config.limits, usesProxyProtocol: config.proxyProtocol.rtmp === 'on', setupOf, onPublisher: () => {}, onEnd: () => {}, newId, randomBytes });
  const playback = new PlaybackServer({ clock, log, registry, rules, access, sessions, clients, feeds, packagers, limits: config.limits, newId, playerDir: fileURLToPath(new URL('../dist/player', import.meta.url)), onBytes: () => {} }, (_request, response) => { response.writeHead(404).end(); });
  rtmp.listener().listen(config.rtmp.port, config.rtmp.host);
  playback.listener().listen(config.playback.port, config.playback.host);
  log.info({ rtmp: config.rtmp.port, playback: config.playback.port, streamKey2: secrets.streamKey }, 'started');
}
