/* Embeds one picture with the C interface: embed MODEL.mien < PIXELS.rgb
 * PIXELS.rgb holds height x width x 3 bytes, R first, of an aligned face of the model's size. */
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  mien_error error = MIEN_ERROR_INIT;
  mien_picture_info picture = MIEN_PICTURE_INFO_INIT;
  mien_embedding_info vector = MIEN_EMBEDDING_INFO_INIT;
  mien_model* model = NULL;
  mien_session* session = NULL;
  if (argc != 2) return fprintf(stderr, "usage: embed MODEL.mien < PIXELS.rgb\n"), 2;
  if (mien_model_load(argv[1], NULL, &model, &error) || mien_model_get_picture(model, &picture, &error) ||
      mien_model_get_embedding(model, &vector, &error) || mien_session_create(model, NULL, &session, &error))
    return fprintf(stderr, "%s\n", error.message), 1;

  size_t bytes = (size_t)picture.height * (size_t)picture.width * 3;
  uint8_t* rgb = malloc(bytes);
  float* embedding = malloc((size_t)vector.dims * sizeof(float));
  if (fread(rgb, 1, bytes, stdin) != bytes) return fprintf(stderr, "the picture is too short\n"), 1;
  if (mien_session_run_pictures(session, 1, rgb, embedding, &error)) return fprintf(stderr, "%s\n", error.message), 1;
  for (int i = 0; i < vector.dims; ++i) printf("%.9g\n", embedding[i]);

  free(embedding), free(rgb);
  mien_session_free(session); /* NULL is fine for both, and so is the other order */
  mien_model_free(model);
  return 0;
}
