import type { Copy, GopCacheLimits, Packet, Position, Registry, Stream, StreamId } from '../live/index.ts';
import { TrackSets } from './track-sets.ts';
import {
  canRead,
  type Frame,
  type Hello,
  type PacketFrame,
  type RenditionFacts,
  type RunningFrame,
  WIRE_VERSION,
} from './wire/index.ts';

export type CopiedStreamOptions = {
  readonly id: StreamId;
  readonly registry: Registry;
  readonly cache: GopCacheLimits;
  /** Somebody publishes under the name here. */
  readonly onTaken: () => void;
  /** All came that its owner had when it was asked, or before its publisher went. */
  readonly onCaughtUp?: () => void;
};

/** Why what comes is not taken. */
export class RefusedCopyError extends Error {
  readonly code: 'VERSION' | 'OLD_OWNER' | 'NO_PARENT' | 'NAME_TAKEN' | 'DISORDER';
  /** `NO_PARENT`: the name of the stream that must be copied first. */
  readonly parent: string | undefined;

  constructor(code: RefusedCopyError['code'], message: string, parent?: string) {
    super(message);
    this.name = 'RefusedCopyError';
    this.code = code;
    this.parent = parent;
  }
}

/**
 * A copy of a stream, over as many connections as it takes. What comes again is left out; where something is missing,
 * the copy goes on at a segment that cannot be taken for one that goes on.
 *
 *     before             | segment 40 | segment 41 . .
 *     the same owner     |         41 . . | . . .            what is new of it
 *     something missed   |            42 . . . | 43 . .      from 43 on: 41 must not be taken for whole
 *     another owner      |         41 . . | 42 . . .         from 42 on
 */
export class CopiedStream {
  readonly #options: CopiedStreamOptions;
  readonly #sets = new TrackSets();
  #copy: Copy | undefined;
  #owner: Hello | undefined;
  /** The number of the next packet that is new. */
  #next = 0;
  /** The number of the packet that comes next. */
  #coming = 0;
  /** Nothing is taken before this segment starts. */
  #fromSegment: number | undefined;
  #last: Position | undefined;
  /** Within the part, shared by its packets. */
  #within: Position | undefined;
  #isLost = false;
  /** Of the newest picture and the newest sound: each kind is in order, and encoders send one a little behind the other. */
  readonly #lastDtsMs = { video: 0, audio: 0 };
  #lastWallMs = 0;
  #isOver = false;
  #isCaughtUp = false;
  #renditions: readonly RenditionFacts[] = [];
  #running: Omit<RunningFrame, 'kind'> = { isPackaged: false, renditions: [] };

  constructor(options: CopiedStreamOptions) {
    this.#options = options;
  }

  get stream(): Stream | undefined {
    return this.#copy?.stream;
  }

  /** Of the owner that it was last taken from. */
  get epoch(): number {
    return this.#owner?.epoch ?? 0;
  }

  /** The stream has ended where it was published. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** All came that its owner had when it was asked. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** When the newest packet was published; 0 before the first. */
  get lastWallMs(): number {
    return this.#lastWallMs;
  }

  get renditions(): readonly RenditionFacts[] {
    return this.#renditions;
  }

  /** What its owner makes of it now, as it said last. */
  get running(): Omit<RunningFrame, 'kind'> {
    return this.#running;
  }

  /** Takes what comes from the owner; throws where it must not be taken. */
  frame(frame: Frame): void {
    switch (frame.kind) {
      case 'hello':
        this.#hello(frame);
        break;
      case 'tracks':
        this.#sets.add(frame.number, frame.tracks);
        break;
      case 'packet':
        this.#packet(frame);
        break;
      case 'renditions':
        this.#renditions = frame.renditions;
        this.#copy?.offer(frame.renditions.map(({ name }) => name));
        break;
      case 'running':
        this.#running = frame;
        break;
      case 'interrupted':
        this.#copy?.interrupt();
        this.#caughtUp();
        break;
      case 'alive':
        if (!this.#isCaughtUp) this.#caughtUp();
        break;
      case 'cut':
        // What is sent again is here already, with what came behind it.
        if (this.#coming >= this.#next) this.#copy?.cut();
        break;
      case 'resumed':
        this.#copy?.resume();
        break;
      case 'whole':
        this.#copy?.whole();
        break;
      case 'ended':
        this.end(true);
        break;
      default:
        break;
    }
  }

  /** Its owner cannot be reached, and has not been for a while. */
  interrupt(): void {
    this.#isLost = true;
    this.#copy?.cut();
    this.#copy?.interrupt();
  }

  end(isOver: boolean): void {
    this.#isOver ||= isOver;
    this.#copy?.end(isOver);
  }

  #caughtUp(): void {
    this.#isCaughtUp = true;
    this.#copy?.show();
    this.#options.onCaughtUp?.();
  }

  #hello(hello: Hello): void {
    if (!canRead(hello)) {
      const both = `of version ${hello.version}, and this node speaks ${WIRE_VERSION}`;
      throw new RefusedCopyError('VERSION', `the node ${hello.node} sends streams ${both}; run one release on both`);
    }
    const before = this.#owner;
    if (before && hello.epoch < before.epoch) {
      throw new RefusedCopyError('OLD_OWNER', `${hello.node} published the stream before ${before.node} did`);
    }
    this.#copy ??= this.#open(hello);
    this.#sets.startOver();
    this.#isCaughtUp = false;
    const isSame =
      before?.node === hello.node && before.epoch === hello.epoch && before.startedWallMs === hello.startedWallMs;
    this.#owner = hello;
    this.#coming = hello.firstPacket;
    if (!isSame) {
      if (before) this.#copy.cut();
      this.#next = hello.firstPacket;
      this.#fromSegment = this.#last && this.#last.segment + 1;
    } else if (this.#isLost || hello.firstPacket > this.#next) {
      this.#copy.cut();
      this.#next = hello.firstPacket;
      this.#fromSegment = this.#last && this.#last.segment + 2;
    }
    this.#isLost = false;
  }

  #open({ parent, startedWallMs }: Hello): Copy {
    const { id, registry, cache, onTaken } = this.#options;
    const of = parent === '' ? undefined : registry.find({ ...id, name: parent });
    if (parent !== '' && !of) throw new RefusedCopyError('NO_PARENT', `${parent} must be copied first`, parent);
    const copy = registry.addCopy(id, { startedWallMs, cache, onTaken, ...(of ? { parent: of } : {}) });
    if (!copy) throw new RefusedCopyError('NAME_TAKEN', 'the stream is published here');
    return copy;
  }

  #packet(frame: PacketFrame): void {
    const number = this.#coming++;
    if (number < this.#next || !this.#copy) return;
    this.#next = number + 1;
    if (this.#fromSegment !== undefined) {
      if (!this.#mayGoOnAt(frame, this.#fromSegment)) return;
      this.#fromSegment = undefined;
    }
    this.#mustNotGoBack(frame);
    const packet = this.#packetOf(frame);
    this.#last = packet.position;
    if (frame.media !== 'data') this.#lastDtsMs[frame.media] = frame.dtsMs;
    this.#lastWallMs = frame.wallMs;
    const { stream } = this.#copy;
    // A rendition's last pictures come while its parent waits.
    if (stream.state === 'waiting' && !stream.parent) this.#copy.resume();
    if (stream.tracks !== packet.position.tracks) this.#copy.setTracks(packet.position.tracks);
    this.#copy.publish(packet);
  }

  /** The clock of another owner may be behind: its stream is taken once it is as far as ours. */
  #mayGoOnAt({ startsSegment, segment, dtsMs }: PacketFrame, fromSegment: number): boolean {
    const { video, audio } = this.#lastDtsMs;
    return startsSegment && segment >= fromSegment && dtsMs >= Math.max(video, audio);
  }

  #mustNotGoBack({ media, dtsMs, segment }: PacketFrame): void {
    const lastMs = media === 'data' ? 0 : this.#lastDtsMs[media];
    const lastSegment = this.#last?.segment ?? 0;
    if (dtsMs >= lastMs && segment >= lastSegment) return;
    const came = `a packet of ${media}, of ${dtsMs} ms in segment ${segment}, came after`;
    throw new RefusedCopyError('DISORDER', `${came} one of ${lastMs} ms, and segment ${lastSegment}`);
  }

  #packetOf(frame: PacketFrame): Packet {
    const { media, dtsMs, wallMs, mediaTime, data } = frame;
    const position = this.#positionOf(frame);
    const tracks = this.#sets.of(frame.ownTracks);
    if (media === 'video' && tracks.video) {
      const { extra: compositionMs, isKeyFrame } = frame;
      const track = tracks.video;
      return { kind: 'video', track, mediaTime, compositionMs, isKeyFrame, dtsMs, wallMs, data, position };
    }
    if (media === 'audio' && tracks.audio) {
      const { extra: durationTicks } = frame;
      return { kind: 'audio', track: tracks.audio, mediaTime, durationTicks, dtsMs, wallMs, data, position };
    }
    if (media !== 'data') throw new Error(`a packet of ${media} names tracks without any`);
    return { kind: 'data', dtsMs, wallMs, data, position };
  }

  #positionOf(frame: PacketFrame): Position {
    const { segment, part, startsSegment, startsPart, isDiscontinuity, discontinuities } = frame;
    const tracks = this.#sets.of(frame.segmentTracks);
    const position = { segment, part, startsSegment, startsPart, isDiscontinuity, discontinuities, tracks };
    if (startsPart) {
      this.#within = undefined;
      return position;
    }
    const within = this.#within;
    const isSame = within?.segment === segment && within.part === part && within.tracks === tracks;
    if (within && isSame && within.discontinuities === discontinuities) return within;
    this.#within = position;
    return position;
  }
}
