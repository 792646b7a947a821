/* The public header is C99: compiled with -std=c99 -pedantic -Werror, and every initialiser used once. */
#include <mien/face.h>

#include "tests/face/face_header_c99.h"

int face_initialisers_set_sizes(void) {
  const mien_pixels pixels = MIEN_PIXELS_INIT;
  const mien_decode_options decode = MIEN_DECODE_OPTIONS_INIT;
  const mien_detector_options detector = MIEN_DETECTOR_OPTIONS_INIT;
  const mien_detector_info detector_info = MIEN_DETECTOR_INFO_INIT;
  const mien_identity identity = MIEN_IDENTITY_INIT;
  const mien_gallery_options gallery = MIEN_GALLERY_OPTIONS_INIT;
  const mien_gallery_info gallery_info = MIEN_GALLERY_INFO_INIT;
  const mien_search_options search = MIEN_SEARCH_OPTIONS_INIT;
  const mien_gallery_kind kind = MIEN_GALLERY_KIND_INIT;
  return pixels.struct_size == sizeof pixels && pixels.stride == 0 && decode.struct_size == sizeof decode &&
         decode.orient == 1 && decode.reduction == 1 && detector.struct_size == sizeof detector &&
         detector.min_score < 0 && detector.overlap < 0 && detector.side == 640 && detector.check_weights == 1 &&
         detector.width == 1 && detector_info.struct_size == sizeof detector_info &&
         identity.struct_size == sizeof identity && gallery.struct_size == sizeof gallery && gallery.check_rows == 1 &&
         gallery.model == NULL && gallery_info.struct_size == sizeof gallery_info &&
         search.struct_size == sizeof search && search.width == 1 && kind.struct_size == sizeof kind &&
         kind.rows == MIEN_ROWS_FLOAT32;
}
