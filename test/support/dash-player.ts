/** A small player of DASH for a page of a test: SegmentTimeline, numbered templates, one representation of each set. */
const PLAYER = `async ({ url, height }) => {
  const text = await (await fetch(url)).text();
  const mpd = new DOMParser().parseFromString(text, 'application/xml');
  const media = new MediaSource();
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(media);
  document.body.append(video);
  await new Promise((resolve) => media.addEventListener('sourceopen', resolve, { once: true }));

  const bytesOf = async (uri) => {
    const answer = await fetch(new URL(uri, url));
    if (!answer.ok) throw new Error(uri + ' is ' + answer.status);
    return answer.arrayBuffer();
  };
  const chosen = (set) => {
    const all = [...set.querySelectorAll('Representation')];
    return all.find((each) => Number(each.getAttribute('height')) === height) ?? all[0];
  };
  const load = async (set) => {
    const representation = chosen(set);
    const template = representation.querySelector('SegmentTemplate') ?? set.querySelector('SegmentTemplate');
    const attribute = (name) => representation.getAttribute(name) ?? set.getAttribute(name);
    const named = (pattern, number) =>
      pattern
        .replace('$RepresentationID$', representation.id)
        .replace(/\\$Number%0(\\d)d\\$/, (_all, width) => String(number).padStart(Number(width), '0'));
    const buffer = media.addSourceBuffer(attribute('mimeType') + '; codecs="' + attribute('codecs') + '"');
    const append = async (uri) => {
      const bytes = await bytesOf(uri);
      buffer.appendBuffer(bytes);
      await new Promise((resolve, reject) => {
        buffer.addEventListener('updateend', resolve, { once: true });
        buffer.addEventListener('error', () => reject(new Error(uri + ' cannot be read')), { once: true });
      });
    };
    await append(named(template.getAttribute('initialization'), 0));
    let number = Number(template.getAttribute('startNumber') ?? 1);
    for (const each of template.querySelectorAll('S')) {
      for (let repeat = 0; repeat <= Number(each.getAttribute('r') ?? 0); repeat++) {
        await append(named(template.getAttribute('media'), number++));
      }
    }
    return attribute('codecs');
  };
  const codecs = await Promise.all([...mpd.querySelectorAll('AdaptationSet')].map(load));
  const ranges = video.buffered.length;
  media.endOfStream();
  await video.play();
  await new Promise((resolve, reject) => {
    video.addEventListener('ended', resolve, { once: true });
    video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true });
  });
  const { videoHeight, duration, currentTime } = video;
  const { totalVideoFrames } = video.getVideoPlaybackQuality();
  return { codecs, ranges, videoHeight, duration, currentTime, totalVideoFrames };
}`;

/** What was played to its end. */
export type DashPlayed = {
  readonly codecs: readonly string[];
  /** Stretches without a gap. */
  readonly ranges: number;
  readonly videoHeight: number;
  readonly duration: number;
  readonly currentTime: number;
  readonly totalVideoFrames: number;
};

/** For `page.evaluate`: plays the representation of that height by Media Source Extensions, to its end. */
export function playDash(url: string, height: number): string {
  return `(${PLAYER})(${JSON.stringify({ url, height })})`;
}
