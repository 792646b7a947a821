/* embed MODEL.mien < CROP.rgb: an aligned 112x112 crop, 3 bytes per pixel, to an embedding. */
#include <mien/mien.h>
#include <stdio.h>

int main(int argc, char** argv) {
  static uint8_t rgb[112 * 112 * 3];
  static float embedding[128];
  mien_error error = MIEN_ERROR_INIT;
  mien_picture_info picture = MIEN_PICTURE_INFO_INIT;
  mien_embedding_info vector = MIEN_EMBEDDING_INFO_INIT;
  mien_model* model = NULL;
  mien_session* session = NULL;
  int i, ok = argc == 2 && fread(rgb, sizeof rgb, 1, stdin) == 1 &&
              mien_model_load(argv[1], NULL, &model, &error) == MIEN_OK &&
              mien_model_get_picture(model, &picture, &error) == MIEN_OK &&
              mien_model_get_embedding(model, &vector, &error) == MIEN_OK &&
              picture.height == 112 && picture.width == 112 && vector.dims == 128 &&
              mien_session_create(model, NULL, &session, &error) == MIEN_OK &&
              mien_session_run_pictures(session, 1, rgb, embedding, &error) == MIEN_OK;
  if (!ok) fprintf(stderr, "embed: %s\n", error.message[0] ? error.message : "needs a 112x112 crop and a 128-d model");
  for (i = 0; ok && i < 128; ++i) printf("%.6f\n", embedding[i]);
  mien_session_free(session);
  mien_model_free(model);
  return ok ? 0 : 1;
}
