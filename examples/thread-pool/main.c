/* Embeds one picture on threads of its own: embed_pool MODEL.mien < PIXELS.rgb */
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>

#include "pool.h"

enum { THREADS = 2 };

int main(int argc, char** argv) {
  mien_error error = MIEN_ERROR_INIT;
  mien_picture_info picture = MIEN_PICTURE_INFO_INIT;
  mien_embedding_info vector = MIEN_EMBEDDING_INFO_INIT;
  mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
  mien_model* model = NULL;
  mien_session* session = NULL;
  if (argc != 2) return fprintf(stderr, "usage: embed_pool MODEL.mien < PIXELS.rgb\n"), 2;

  options.width = THREADS; /* this thread is one of them */
  options.parallel_for = pool_parallel_for;
  options.parallel_context = pool_create(THREADS - 1);
  if (options.parallel_context == NULL) return fprintf(stderr, "no threads\n"), 1;
  if (mien_model_load(argv[1], NULL, &model, &error) || mien_model_get_picture(model, &picture, &error) ||
      mien_model_get_embedding(model, &vector, &error) || mien_session_create(model, &options, &session, &error))
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
  pool_free(options.parallel_context); /* after the sessions that use it */
  return 0;
}
