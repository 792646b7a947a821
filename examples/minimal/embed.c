/* embed CROP.rgb EMBEDDING.f32: embeds a raw crop with a model that is linked in. All large memory comes from one
 * static block; how much of it was used goes to standard output. */
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>

/* ../linked-model/model.S */
extern const unsigned char embedded_model[], embedded_model_end[];

static _Alignas(64) unsigned char block[24 << 20];
static size_t used;

static void* allocate(void* context, size_t size, size_t alignment) {
  (void)context, (void)alignment; /* sizes are multiples of 64, and so is all that lies between them */
  if (size > sizeof block - used) return NULL;
  used += size;
  return block + used - size;
}
static void release(void* context, void* memory, size_t size) { (void)context, (void)memory, (void)size; }

static int fail(const char* what) { return fprintf(stderr, "%s\n", what), 1; }

int main(int argc, char** argv) {
  mien_error error = MIEN_ERROR_INIT;
  mien_allocator allocator = {sizeof allocator, allocate, release, NULL};
  mien_load_options options = MIEN_LOAD_OPTIONS_INIT;
  mien_picture_info picture = MIEN_PICTURE_INFO_INIT;
  mien_embedding_info embedding = MIEN_EMBEDDING_INFO_INIT;
  mien_model* model = NULL;
  mien_session* session = NULL;
  options.allocator = &allocator;
  if (argc != 3) return fail("usage: embed CROP.rgb EMBEDDING.f32");
  if (mien_model_load_memory(embedded_model, (size_t)(embedded_model_end - embedded_model), &options, &model, &error) ||
      mien_model_get_picture(model, &picture, &error) || mien_model_get_embedding(model, &embedding, &error) ||
      mien_session_create(model, NULL, &session, &error))
    return fail(error.message);

  const size_t bytes = (size_t)picture.height * (size_t)picture.width * 3, dims = (size_t)embedding.dims;
  uint8_t* crop = malloc(bytes);
  float* vector = malloc(dims * sizeof *vector);
  FILE* in = fopen(argv[1], "rb");
  FILE* out = fopen(argv[2], "wb");
  if (!crop || !vector || !in || !out || fread(crop, 1, bytes, in) != bytes) return fail("cannot read the crop");
  if (mien_session_run_pictures(session, 1, crop, vector, &error)) return fail(error.message);
  if (fwrite(vector, sizeof *vector, dims, out) != dims || fclose(out)) return fail("cannot write the embedding");
  printf("%zu bytes of static memory used\n", used);
  fclose(in), free(crop), free(vector);
  mien_session_free(session);
  mien_model_free(model);
  return 0;
}
