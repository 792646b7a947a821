/* The public header is C99: compiled with -std=c99 -pedantic -Werror, and every initialiser used once. */
#include <mien/mien.h>

#include "tests/engine/header_c99.h"

int initialisers_set_sizes(void) {
  const mien_error error = MIEN_ERROR_INIT;
  const mien_load_options load = MIEN_LOAD_OPTIONS_INIT;
  const mien_model_info info = MIEN_MODEL_INFO_INIT;
  const mien_tensor_info tensor = MIEN_TENSOR_INFO_INIT;
  const mien_picture_info picture = MIEN_PICTURE_INFO_INIT;
  const mien_embedding_info embedding = MIEN_EMBEDDING_INFO_INIT;
  const mien_face_record face = MIEN_FACE_RECORD_INIT;
  const mien_threshold threshold = MIEN_THRESHOLD_INIT;
  const mien_card card = MIEN_CARD_INIT;
  const mien_allocator allocator = MIEN_ALLOCATOR_INIT;
  const mien_session_options session = MIEN_SESSION_OPTIONS_INIT;
  return error.struct_size == sizeof error && load.struct_size == sizeof load && load.check_weights == 1 &&
         info.struct_size == sizeof info && tensor.struct_size == sizeof tensor &&
         picture.struct_size == sizeof picture && embedding.struct_size == sizeof embedding &&
         face.struct_size == sizeof face && face.measured_on == NULL && threshold.struct_size == sizeof threshold &&
         card.struct_size == sizeof card && session.struct_size == sizeof session && session.max_batch == 1 &&
         session.width == 1 && session.allocator == NULL && session.cancel == NULL && load.allocator == NULL &&
         allocator.struct_size == sizeof allocator;
}
