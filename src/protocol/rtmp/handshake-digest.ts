import { createHmac } from 'node:crypto';

/** Where the digest lies: 0 names the block that begins at byte 8, 1 the one at byte 772. */
export type DigestScheme = 0 | 1;
export type HandshakeRole = 'client' | 'server';

const DIGEST_SIZE = 32;
const BLOCKS = [8, 772] as const;
const SECRET_TAIL = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
const NAMES = {
  client: Buffer.from('Genuine Adobe Flash Player 001'),
  server: Buffer.from('Genuine Adobe Flash Media Server 001'),
};
const FULL_KEYS = {
  client: Buffer.concat([NAMES.client, SECRET_TAIL]),
  server: Buffer.concat([NAMES.server, SECRET_TAIL]),
};

/** The digest in a C1 or S1, and by which scheme it was placed; undefined in the simple handshake. */
export function findDigest(
  packet: Uint8Array,
  role: HandshakeRole,
): { readonly scheme: DigestScheme; readonly digest: Uint8Array } | undefined {
  for (const scheme of [0, 1] as const) {
    const at = digestOffset(packet, scheme);
    const digest = packet.subarray(at, at + DIGEST_SIZE);
    if (Buffer.compare(digestOf(packet, at, role), digest) === 0) return { scheme, digest: digest.slice() };
  }
  return undefined;
}

/** Writes the digest into a C1 or S1. */
export function signPacket(packet: Uint8Array, role: HandshakeRole, scheme: DigestScheme): void {
  const at = digestOffset(packet, scheme);
  packet.set(digestOf(packet, at, role), at);
}

/** Signs a C2 or S2 with the digest of the peer's packet; the signature is its last 32 bytes. */
export function signReply(packet: Uint8Array, role: HandshakeRole, peerDigest: Uint8Array): void {
  const end = packet.length - DIGEST_SIZE;
  const key = hmac(FULL_KEYS[role], peerDigest);
  packet.set(hmac(key, packet.subarray(0, end)), end);
}

function digestOffset(packet: Uint8Array, scheme: DigestScheme): number {
  const block = BLOCKS[scheme];
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += packet[block + i] ?? 0;
  return block + 4 + (sum % 728);
}

function digestOf(packet: Uint8Array, at: number, role: HandshakeRole): Uint8Array {
  return hmac(NAMES[role], packet.subarray(0, at), packet.subarray(at + DIGEST_SIZE));
}

function hmac(key: Uint8Array, ...pieces: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key);
  for (const piece of pieces) mac.update(piece);
  return mac.digest();
}
