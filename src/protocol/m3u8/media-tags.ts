import { MalformedError } from '../bytes/index.ts';
import { AttributeList } from './attribute-list.ts';
import { clip, parseInteger } from './decimal.ts';
import type {
  ByteRange,
  MediaKey,
  MediaMap,
  PartialSegment,
  PreloadHint,
  RenditionReport,
  ServerControl,
  StartPoint,
} from './media-playlist.ts';

const DATE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:(Z)|([+-]\d\d):?(\d\d))?$/;
const IV_BYTES = 16;

/** Reads `n@o`; without `@o` the range begins where `previous` ends. */
export function parseByteRange(text: string, previous: ByteRange | undefined): ByteRange {
  const [length = '', offset, ...rest] = text.split('@');
  const lengthBytes = parseInteger(length, 'BYTERANGE');
  if (rest.length > 0) throw new MalformedError('BAD_VALUE', 'BYTERANGE', `"${clip(text)}" has two offsets`);
  if (offset !== undefined) return { lengthBytes, offsetBytes: parseInteger(offset, 'BYTERANGE') };
  if (previous === undefined) throw new MalformedError('BAD_VALUE', 'BYTERANGE', 'no offset and no range before');
  return { lengthBytes, offsetBytes: previous.offsetBytes + previous.lengthBytes };
}

/** Reads an ISO 8601 date and time as epoch milliseconds; one without a zone counts as UTC. */
export function parseDate(text: string): number {
  const [, local, , hours, minutes] = DATE.exec(text) ?? [];
  const epochMs = local === undefined ? Number.NaN : Date.parse(local + (hours ? `${hours}:${minutes}` : 'Z'));
  if (Number.isNaN(epochMs)) {
    throw new MalformedError('BAD_VALUE', 'EXT-X-PROGRAM-DATE-TIME', `"${clip(text)}" is not a date`);
  }
  return epochMs;
}

export function parseServerControl(value: string): ServerControl {
  const list = new AttributeList(value, 'EXT-X-SERVER-CONTROL');
  const partHoldBackSeconds = list.decimal('PART-HOLD-BACK');
  const holdBackSeconds = list.decimal('HOLD-BACK');
  const canSkipUntilSeconds = list.decimal('CAN-SKIP-UNTIL');
  return {
    ...(list.isYes('CAN-BLOCK-RELOAD') && { canBlockReload: true }),
    ...(partHoldBackSeconds !== undefined && { partHoldBackSeconds }),
    ...(holdBackSeconds !== undefined && { holdBackSeconds }),
    ...(canSkipUntilSeconds !== undefined && { canSkipUntilSeconds }),
    ...(list.isYes('CAN-SKIP-DATERANGES') && { canSkipDateRanges: true }),
  };
}

export function parsePart(value: string, previous: PartialSegment | undefined): PartialSegment {
  const list = new AttributeList(value, 'EXT-X-PART');
  const byteRange = list.quoted('BYTERANGE');
  return {
    uri: list.required('URI', list.quoted('URI')),
    durationSeconds: list.required('DURATION', list.decimal('DURATION')),
    ...(list.isYes('INDEPENDENT') && { isIndependent: true }),
    ...(list.isYes('GAP') && { isGap: true }),
    ...(byteRange !== undefined && { byteRange: parseByteRange(byteRange, previous?.byteRange) }),
  };
}

export function parseMap(value: string): MediaMap {
  const list = new AttributeList(value, 'EXT-X-MAP');
  const byteRange = list.quoted('BYTERANGE');
  const fromStart = { lengthBytes: 0, offsetBytes: 0 };
  return {
    uri: list.required('URI', list.quoted('URI')),
    ...(byteRange !== undefined && { byteRange: parseByteRange(byteRange, fromStart) }),
  };
}

export function parseKey(value: string): MediaKey {
  const list = new AttributeList(value, 'EXT-X-KEY');
  const method = parseMethod(list.required('METHOD', list.plain('METHOD')));
  if (method === 'NONE') return { method };
  const iv = list.hex('IV');
  if (iv && iv.length !== IV_BYTES) throw new MalformedError('BAD_VALUE', 'EXT-X-KEY', `IV of ${iv.length} bytes`);
  const keyFormat = list.quoted('KEYFORMAT');
  const keyFormatVersions = list.quoted('KEYFORMATVERSIONS');
  return {
    method,
    uri: list.required('URI', list.quoted('URI')),
    ...(iv && { iv }),
    ...(keyFormat !== undefined && { keyFormat }),
    ...(keyFormatVersions !== undefined && { keyFormatVersions }),
  };
}

function parseMethod(method: string): MediaKey['method'] {
  switch (method) {
    case 'NONE':
    case 'AES-128':
    case 'SAMPLE-AES':
    case 'SAMPLE-AES-CTR':
      return method;
    default:
      throw new MalformedError('UNSUPPORTED', 'EXT-X-KEY', `METHOD=${clip(method)}`);
  }
}

export function parsePreloadHint(value: string): PreloadHint {
  const list = new AttributeList(value, 'EXT-X-PRELOAD-HINT');
  const type = list.required('TYPE', list.plain('TYPE'));
  if (type !== 'PART' && type !== 'MAP') {
    throw new MalformedError('UNSUPPORTED', 'EXT-X-PRELOAD-HINT', `TYPE=${clip(type)}`);
  }
  const byteRangeStart = list.integer('BYTERANGE-START');
  const byteRangeLength = list.integer('BYTERANGE-LENGTH');
  return {
    type,
    uri: list.required('URI', list.quoted('URI')),
    ...(byteRangeStart !== undefined && { byteRangeStart }),
    ...(byteRangeLength !== undefined && { byteRangeLength }),
  };
}

export function parseRenditionReport(value: string): RenditionReport {
  const list = new AttributeList(value, 'EXT-X-RENDITION-REPORT');
  const lastPart = list.integer('LAST-PART');
  return {
    uri: list.required('URI', list.quoted('URI')),
    lastMsn: list.required('LAST-MSN', list.integer('LAST-MSN')),
    ...(lastPart !== undefined && { lastPart }),
  };
}

export function parseStart(value: string): StartPoint {
  const list = new AttributeList(value, 'EXT-X-START');
  return {
    timeOffsetSeconds: list.required('TIME-OFFSET', list.decimal('TIME-OFFSET')),
    ...(list.isYes('PRECISE') && { isPrecise: true }),
  };
}
