import type { Stream, VideoPacket } from '../live/index.ts';
import { keyFrameOf } from './key-frame.ts';
import type { PictureMaker } from './picture-maker.ts';
import type { Snapshot } from './snapshots.ts';

const SHORT_SIDE_PX = 216;
const TILE_SHORT_SIDE_PX = 90;

type Made = { readonly packet: VideoPacket; readonly snapshot: Promise<Snapshot | undefined> };

/** Small pictures of live streams for whoever looks at them, rule or not. Nothing is made while nobody does. */
export class LivePictures {
  readonly #maker: Pick<PictureMaker, 'picture'>;
  readonly #made = new WeakMap<Stream, Made>();

  constructor(maker: Pick<PictureMaker, 'picture'>) {
    this.#maker = maker;
  }

  /**
   * The newest key frame as a picture 216 px high (wide, where it stands upright); however many ask, it is decoded once.
   * Undefined where there is no key frame yet, or its codec cannot be decoded. Rejected where too many are wanted.
   */
  latest(stream: Stream): Promise<Snapshot | undefined> {
    const made = this.#made.get(stream);
    const [packet] = stream.cache.sinceKeyFrame();
    if (packet?.kind !== 'video' || !packet.isKeyFrame || packet === made?.packet) {
      return made?.snapshot ?? Promise.resolve(undefined);
    }
    const snapshot = this.#make(packet);
    this.#made.set(stream, { packet, snapshot });
    return snapshot;
  }

  async #make(packet: VideoPacket): Promise<Snapshot | undefined> {
    const frame = keyFrameOf(packet, { shortSide: SHORT_SIDE_PX, tileShortSide: TILE_SHORT_SIDE_PX });
    if (!frame) return undefined;
    const { jpeg } = await this.#maker.picture(frame, { isSoon: true });
    return { jpeg, atWallMs: packet.wallMs };
  }
}
