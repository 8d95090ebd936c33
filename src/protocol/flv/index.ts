export {
  type AudioTag,
  audioPacketTypes,
  decodeAudioTag,
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
} from './audio-tag.ts';
export {
  type AudioCodec,
  audioCodecOfFormat,
  audioCodecOfFourCC,
  fourCCOf,
  fourCCText,
  fourCCValue,
  type VideoCodec,
  videoCodecOfFourCC,
  videoCodecOfId,
} from './codecs.ts';
export { decodeFileHeader, encodeFileHeader, type FileHeader, fileHeaderBytes } from './file-header.ts';
export { FlvReader, type FlvReaderOptions } from './flv-reader.ts';
export { decodeMetadata, encodeMetadata, type Metadata, metadataCodecId } from './script-tag.ts';
export {
  decodeTagHeader,
  encodePreviousTagSize,
  encodeTag,
  encodeTagHeader,
  type FlvTag,
  previousTagSizeBytes,
  type TagHeader,
  type TagType,
  tagHeaderBytes,
  tagTypeIds,
} from './tag.ts';
export {
  encodeVideoEndOfSequence,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
  type VideoHeaderOptions,
} from './video-header.ts';
export { decodeVideoTag, type VideoFrame, type VideoTag, videoPacketTypes } from './video-tag.ts';
