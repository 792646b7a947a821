/* Finds the faces in a photograph and embeds each: faces DETECTOR.mien MODEL.mien PHOTO.jpg
 * Prints one line per face: its box, then its embedding. */
#include <mien/face.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_FACES = 64 };

static int fail(const mien_error* error) {
  return fprintf(stderr, "%s\n", error->message), 1;
}

static void print_face(const mien_face* face, const float* embedding, int dims) {
  printf("%g %g %g %g", face->box[0], face->box[1], face->box[2], face->box[3]);
  for (int i = 0; i < dims; ++i) printf(" %.9g", embedding[i]);
  printf("\n");
}

int main(int argc, char** argv) {
  mien_error error = MIEN_ERROR_INIT;
  mien_detector* detector = NULL;
  mien_model* model = NULL;
  mien_embedder* embedder = NULL;
  mien_picture* photo = NULL;
  mien_pixels pixels = MIEN_PIXELS_INIT;
  if (argc != 4) return fprintf(stderr, "usage: faces DETECTOR.mien MODEL.mien PHOTO.jpg\n"), 2;
  if (mien_detector_create(argv[1], NULL, &detector, &error) || mien_model_load(argv[2], NULL, &model, &error) ||
      mien_embedder_create(model, NULL, MIEN_FLIP_OF_MODEL, &embedder, &error) ||
      mien_picture_load(argv[3], NULL, &photo, &error) || mien_picture_get_pixels(photo, &pixels, &error))
    return fail(&error);

  mien_face faces[MOST_FACES];
  int32_t found = 0;
  if (mien_detector_detect(detector, &pixels, faces, MOST_FACES, &found, &error)) return fail(&error);
  if (found > MOST_FACES) found = MOST_FACES; /* the best ones */
  const int dims = mien_embedder_dims(embedder);
  float* embeddings = malloc((size_t)(found + 1) * (size_t)dims * sizeof(float));
  if (found > 0 && mien_embedder_embed_faces(embedder, &pixels, faces, found, embeddings, &error)) return fail(&error);
  for (int i = 0; i < found; ++i) print_face(&faces[i], embeddings + i * dims, dims);

  free(embeddings);
  mien_picture_free(photo);
  mien_embedder_free(embedder);
  mien_model_free(model);
  mien_detector_free(detector);
  return found > 0 ? 0 : 1;
}
