import {
  BEACON_PATH,
  type Beacon,
  countFrames,
  FrameCounter,
  newSessionId,
  startBeacons,
  ViewingMeter,
} from '../beacons/index.ts';

/**
 * Watches every `<video data-headwater-stream="app/stream">` of a foreign page, whatever plays in it.
 *
 * ```html
 * <script src="https://play.example.com/_headwater/headwater-beacon.js" defer></script>
 * <video data-headwater-stream="live/demo" data-headwater-protocol="hls" controls></video>
 * ```
 *
 * Beacons go to the server the script came from; `data-headwater-protocol` may be left out.
 */
const SELECTOR = 'video[data-headwater-stream]';
const PROTOCOLS: readonly string[] = ['flv', 'llhls', 'hls', 'native'] satisfies Beacon['protocol'][];

const script = document.currentScript;
const beaconUrl = new URL(BEACON_PATH, script instanceof HTMLScriptElement ? script.src : window.location.href).href;
const watched = new WeakSet<HTMLVideoElement>();

function watch(video: HTMLVideoElement): void {
  if (watched.has(video)) return;
  watched.add(video);
  const meter = new ViewingMeter();
  const frames = new FrameCounter();
  const session = newSessionId();
  let isWanted = false;
  const on = (event: string, tell: (nowMs: number) => void) =>
    video.addEventListener(event, () => tell(performance.now()));
  on('play', (now) => {
    isWanted = true;
    meter.want(now);
  });
  on('playing', (now) => meter.play(now));
  on('waiting', (now) => meter.stall(now));
  on('pause', (now) => meter.rest(now));
  on('ended', (now) => meter.rest(now));
  let told: MediaError | null = null;
  // A video that cannot even begin was wanted too. Its error may be there before the event that tells of it.
  const fail = () => {
    isWanted = true;
    if (video.error !== null && video.error === told) return;
    told = video.error;
    meter.fail(`MEDIA_${video.error?.code ?? 0}`);
  };
  on('error', fail);
  if (video.error) fail();
  if (!video.paused) {
    // It began before this script came, so its start-up time is unknown.
    isWanted = true;
    meter.play(performance.now());
  }
  startBeacons(beaconUrl, () => (isWanted ? beaconOf(video, session, meter, frames) : undefined));
}

function beaconOf(
  video: HTMLVideoElement,
  session: string,
  meter: ViewingMeter,
  frames: FrameCounter,
): Beacon | undefined {
  const path = video.dataset.headwaterStream ?? '';
  const cut = path.lastIndexOf('/');
  if (cut < 1) return undefined;
  const counted = frames.add(countFrames(video));
  return {
    v: 1,
    app: path.slice(0, cut),
    stream: path.slice(cut + 1),
    protocol: protocolOf(video),
    session,
    ...meter.totals(performance.now()),
    ...(video.videoHeight > 0 && { height: video.videoHeight }),
    droppedFrames: counted.dropped,
    totalFrames: counted.total,
  };
}

function protocolOf(video: HTMLVideoElement): Beacon['protocol'] {
  const named = video.dataset.headwaterProtocol ?? '';
  return PROTOCOLS.includes(named) ? (named as Beacon['protocol']) : 'other';
}

function watchAll(): void {
  for (const video of document.querySelectorAll<HTMLVideoElement>(SELECTOR)) watch(video);
}

watchAll();
new MutationObserver(watchAll).observe(document, { subtree: true, childList: true });
