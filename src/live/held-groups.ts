import type { GopCacheLimits } from './gop-cache.ts';
import { isKeyFrame, type UnplacedPacket } from './packet.ts';

/** A source without pictures is kept back this long. */
const SOUND_MS = 2000;
const GROUPS = 2;
/** A group that begins this short after what it follows leaves no picture out that would be missed. */
const SMALL_GAP_MS = 200;

type Group = { readonly packets: UnplacedPacket[]; bytes: number };

/** The last two groups of pictures of a source that is not on air. */
export class HeldGroups {
  readonly #limits: GopCacheLimits;
  #groups: Group[] = [];

  constructor(limits: GopCacheLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  add(packet: UnplacedPacket, hasVideo: boolean): void {
    if (packet.kind === 'data') return;
    if (isKeyFrame(packet) || (!hasVideo && this.isEmpty)) this.#groups.push({ packets: [], bytes: 0 });
    const group = this.#groups.at(-1);
    if (!group) return;
    group.packets.push(packet);
    group.bytes += packet.data.length;
    if (!hasVideo) forgetBefore(group, packet.dtsMs - SOUND_MS);
    while (this.#groups.length > GROUPS || this.#isTooMuch(packet.dtsMs)) this.#groups.shift();
  }

  clear(): void {
    this.#groups = [];
  }

  /**
   * What follows on `edgeMs`, in the source's time: from the last key frame on where that is near, else from the one
   * before, so that no picture is left out.
   */
  after(edgeMs: number): UnplacedPacket[] {
    const last = this.#groups.at(-1);
    const startMs = last?.packets[0]?.dtsMs ?? edgeMs;
    const groups = startMs - edgeMs <= SMALL_GAP_MS ? this.#groups.slice(-1) : this.#groups;
    return groups.flatMap(({ packets }) => packets);
  }

  #isTooMuch(dtsMs: number): boolean {
    const [first] = this.#groups;
    if (!first) return false;
    const bytes = this.#groups.reduce((sum, group) => sum + group.bytes, 0);
    return bytes > this.#limits.maxBytes || dtsMs - (first.packets[0]?.dtsMs ?? dtsMs) > this.#limits.maxMs;
  }
}

function forgetBefore(group: Group, beforeMs: number): void {
  while (group.packets[0] && group.packets[0].dtsMs < beforeMs) group.bytes -= group.packets.shift()?.data.length ?? 0;
}
