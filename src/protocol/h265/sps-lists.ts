import { type BitReader, MalformedError } from '../bytes/index.ts';

const structure = 'H.265 SPS';

/** Skips `scaling_list_data` (H.265, 7.3.4). */
export function skipScalingListData(reader: BitReader): void {
  for (let sizeId = 0; sizeId < 4; sizeId++) {
    const coefficients = Math.min(64, 16 * 4 ** sizeId);
    for (let matrix = 0; matrix < 6; matrix += sizeId === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (sizeId > 1) reader.se(); // scaling_list_dc_coef_minus8
      for (let i = 0; i < coefficients; i++) reader.se();
    }
  }
}

/** Skips the short-term and long-term reference picture sets of an SPS (H.265, 7.3.7). */
export function skipReferencePictureSets(reader: BitReader, log2MaxPicOrderCount: number): void {
  const count = reader.ue();
  if (count > 64) throw new MalformedError('TOO_MANY', structure, `${count} reference picture sets`);
  let pictures = 0;
  for (let index = 0; index < count; index++) pictures = skipShortTermSet(reader, index, pictures);
  if (!reader.flag()) return;
  const longTerm = reader.ue();
  if (longTerm > 32) throw new MalformedError('TOO_MANY', structure, `${longTerm} long-term reference pictures`);
  reader.skip(longTerm * (log2MaxPicOrderCount + 1));
}

/** Returns how many pictures the set has, which a set predicted from it needs to know. */
function skipShortTermSet(reader: BitReader, index: number, previousPictures: number): number {
  if (index > 0 && reader.flag()) {
    reader.flag(); // delta_rps_sign
    reader.ue(); // abs_delta_rps_minus1
    let pictures = 0;
    for (let i = 0; i <= previousPictures; i++) {
      const isUsed = reader.flag();
      if (isUsed || reader.flag()) pictures++;
    }
    return pictures;
  }
  const pictures = reader.ue() + reader.ue();
  if (pictures > 16) throw new MalformedError('TOO_MANY', structure, `${pictures} pictures in a reference set`);
  for (let i = 0; i < pictures; i++) {
    reader.ue();
    reader.flag();
  }
  return pictures;
}
