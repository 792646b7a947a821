/* Embeds one picture with a model that is part of the program: embed_linked < PIXELS.rgb */
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>

/* model.S */
extern const unsigned char embedded_model[], embedded_model_end[];

int main(void) {
  mien_error error = MIEN_ERROR_INIT;
  mien_picture_info picture = MIEN_PICTURE_INFO_INIT;
  mien_embedding_info vector = MIEN_EMBEDDING_INFO_INIT;
  mien_load_options options = MIEN_LOAD_OPTIONS_INIT;
  mien_model* model = NULL;
  mien_session* session = NULL;
  options.check_weights = 0; /* they are as trustworthy as the program's own code */
  size_t size = (size_t)(embedded_model_end - embedded_model);
  if (mien_model_load_memory(embedded_model, size, &options, &model, &error) ||
      mien_model_get_picture(model, &picture, &error) || mien_model_get_embedding(model, &vector, &error) ||
      mien_session_create(model, NULL, &session, &error))
    return fprintf(stderr, "%s\n", error.message), 1;

  size_t bytes = (size_t)picture.height * (size_t)picture.width * 3;
  uint8_t* rgb = malloc(bytes);
  float* embedding = malloc((size_t)vector.dims * sizeof(float));
  if (fread(rgb, 1, bytes, stdin) != bytes) return fprintf(stderr, "the picture is too short\n"), 1;
  if (mien_session_run_pictures(session, 1, rgb, embedding, &error)) return fprintf(stderr, "%s\n", error.message), 1;
  for (int i = 0; i < vector.dims; ++i) printf("%.9g\n", embedding[i]);

  free(embedding), free(rgb);
  mien_session_free(session);
  mien_model_free(model);
  return 0;
}
