/* mien: face networks on the CPU. The C interface (C99, also C++).
 *
 * A model is a .mien file, planned for one instruction set. It is immutable: any number of threads may use one at the
 * same time. A session is the working memory of one caller; one thread at a time may use it. A session keeps its
 * model alive, so the two may be freed in either order.
 *
 * Every struct begins with struct_size, which the caller sets to sizeof the struct (the _INIT macros do); that is how
 * a library that is newer or older than the header knows what it was given. Memory belongs to whoever made it:
 * strings that come out belong to the model and live as long as it does, buffers that go in stay the caller's.
 *
 * Functions that can fail return a code and, where the caller passed a mien_error (it may be NULL), fill it on failure.
 * The library never prints, aborts, starts a thread, reads the environment or lets a C++ exception out. Memory comes
 * from the C++ operator new; there are no allocator callbacks, because the standard containers inside would not use
 * them. mien_session_run and mien_session_run_pictures allocate nothing unless they fail.
 */
#ifndef MIEN_MIEN_H
#define MIEN_MIEN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MIEN_API __attribute__((visibility("default")))
#else
#define MIEN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header's binary interface. It grows when a struct grows or a function is added; what is here
 * keeps its meaning. */
#define MIEN_ABI_VERSION 3
#define MIEN_MAX_RANK 6

/* MIEN_ABI_VERSION of the library: at least that of the header the caller was compiled with, or some of its functions
 * and fields are missing. */
MIEN_API uint32_t mien_abi_version(void);
/* "0.1.0". */
MIEN_API const char* mien_version(void);
/* How many threads this process may usefully run: the smaller of its CPU affinity and its cgroup's quota, >= 1. */
MIEN_API int32_t mien_allowed_threads(void);

/* --- Errors --- */

typedef int32_t mien_code;
enum {
  MIEN_OK = 0,
  MIEN_BAD_ARGUMENT = 1,  /* the caller's mistake */
  MIEN_UNREADABLE = 2,    /* no such file, or not a .mien file */
  MIEN_CORRUPT = 3,       /* the file contradicts itself; the message has the byte offset */
  MIEN_UNSUPPORTED = 4,   /* a newer format, an operator or a CPU that this library does not run */
  MIEN_OUT_OF_MEMORY = 5,
  MIEN_CHECK_FAILED = 6,
  MIEN_IO = 7,
  MIEN_INTERNAL = 8       /* a bug in the library */
};
/* "corrupt"; "unknown" for a number that is none of the above. */
MIEN_API const char* mien_code_name(mien_code code);

typedef struct mien_error {
  size_t struct_size;
  mien_code code;
  char message[1020];  /* one line of UTF-8, cut if it is longer, always terminated */
} mien_error;
#define MIEN_ERROR_INIT {sizeof(mien_error), MIEN_OK, {0}}

/* --- Models --- */

typedef struct mien_model mien_model;

enum { MIEN_LOG_INFO = 0, MIEN_LOG_WARNING = 1 };
/* Called during a load, on the thread that loads. `message` lives until the call returns. Must not throw. */
typedef void (*mien_log_fn)(void* context, int32_t level, const char* message);

typedef struct mien_load_options {
  size_t struct_size;
  const char* isa;        /* "generic", "sse41", "avx2", "avx512", "neon32", "neon"; NULL: the best of this CPU */
  int32_t check_weights;  /* not 0: hash the weights and look for NaN too, which reads every page of the file */
  mien_log_fn log;        /* NULL: none */
  void* log_context;
  /* Since version 2 of the interface. */
  int32_t low_memory;     /* not 0: the smallest packed weights, at a cost in speed */
} mien_load_options;
#define MIEN_LOAD_OPTIONS_INIT {sizeof(mien_load_options), NULL, 1, NULL, NULL, 0}

/* Loads a file (it is mapped, and must not be changed in place while the model lives; replacing it is fine). What is
 * packed leaves memory: the process grows by packed_weight_bytes and by mien_model_session_bytes for each session, or
 * for a moment by weight_bytes if those are more. options may be NULL. On success *model is the caller's, to be freed
 * with mien_model_free; on failure it is NULL. */
MIEN_API mien_code mien_model_load(const char* path, const mien_load_options* options, mien_model** model,
                                   mien_error* error);
/* The same from memory, which the caller keeps alive and unchanged until the model and its sessions are freed. Weights
 * are used in place if data is 64-byte aligned, and copied if it is not. */
MIEN_API mien_code mien_model_load_memory(const void* data, size_t size, const mien_load_options* options,
                                          mien_model** model, mien_error* error);
/* model may be NULL. */
MIEN_API void mien_model_free(mien_model* model);

typedef struct mien_model_info {
  size_t struct_size;
  const char* name;
  const char* isa;               /* the one it is planned for */
  int32_t inputs, outputs;       /* tensors of the network */
  int64_t macs;                  /* multiply-adds of one sample */
  int64_t params;
  int64_t weight_bytes;          /* of the constants in the file */
  int64_t packed_weight_bytes;   /* of the copies that the kernels read */
} mien_model_info;
#define MIEN_MODEL_INFO_INIT {sizeof(mien_model_info), NULL, NULL, 0, 0, 0, 0, 0, 0}
MIEN_API mien_code mien_model_get_info(const mien_model* model, mien_model_info* info, mien_error* error);

/* An input or output of the network: float32, row-major. Shapes are those of one sample: a batch axis is 1. */
typedef struct mien_tensor_info {
  size_t struct_size;
  const char* name;
  int64_t elements;             /* of one sample */
  int32_t rank;
  int64_t dims[MIEN_MAX_RANK];  /* outermost first; 0 past the rank */
} mien_tensor_info;
#define MIEN_TENSOR_INFO_INIT {sizeof(mien_tensor_info), NULL, 0, 0, {0, 0, 0, 0, 0, 0}}
/* MIEN_BAD_ARGUMENT if index is not in 0..inputs-1 (outputs-1). */
MIEN_API mien_code mien_model_get_input(const mien_model* model, int32_t index, mien_tensor_info* info,
                                        mien_error* error);
MIEN_API mien_code mien_model_get_output(const mien_model* model, int32_t index, mien_tensor_info* info,
                                         mien_error* error);

enum { MIEN_LAYOUT_NCHW = 0, MIEN_LAYOUT_NHWC = 1 };
enum { MIEN_COLOR_RGB = 0, MIEN_COLOR_BGR = 1, MIEN_COLOR_GRAY = 2 };
/* How a picture becomes the first input: channel value v in 0..255 becomes (v - mean[c]) * scale[c], where c counts in
 * the colour order of the record. mien_session_run_pictures does it. */
typedef struct mien_picture_info {
  size_t struct_size;
  int32_t known;              /* 0: the file does not say; the fields below are then only a hint */
  int32_t normalized_inside;  /* the network normalises by itself */
  int32_t height, width, channels;
  int32_t layout;             /* MIEN_LAYOUT_... of the input tensor */
  int32_t color;              /* MIEN_COLOR_... */
  float mean[4], scale[4];
  const char* preset;         /* "arcface", ...; "" if none */
} mien_picture_info;
#define MIEN_PICTURE_INFO_INIT {sizeof(mien_picture_info), 0, 0, 0, 0, 0, 0, 0, {0, 0, 0, 0}, {0, 0, 0, 0}, NULL}
MIEN_API mien_code mien_model_get_picture(const mien_model* model, mien_picture_info* info, mien_error* error);

/* What the first output is. */
typedef struct mien_embedding_info {
  size_t struct_size;
  int32_t embedding;   /* 1: it is one vector per picture */
  int32_t normalized;  /* 1: the vector has length 1 */
  int64_t dims;        /* its elements per picture, what run_pictures writes */
} mien_embedding_info;
#define MIEN_EMBEDDING_INFO_INIT {sizeof(mien_embedding_info), 0, 0, 0}
MIEN_API mien_code mien_model_get_embedding(const mien_model* model, mien_embedding_info* info, mien_error* error);

enum { MIEN_ALIGNMENT_UNKNOWN = 0, MIEN_ALIGNMENT_LANDMARKS = 1, MIEN_ALIGNMENT_BOX = 2 };
enum { MIEN_FLIP_NONE = 0, MIEN_FLIP_SUM = 1, MIEN_FLIP_CONCAT = 2 };
/* What a network that embeds faces wants around it. All 0 and "" if the file does not say. The library does none of it:
 * run_pictures takes the finished crop and gives the embedding of that crop alone. Since version 3 of the interface. */
typedef struct mien_face_record {
  size_t struct_size;
  int32_t alignment;        /* MIEN_ALIGNMENT_...: five landmarks on ArcFace's template, or the detector's box */
  int32_t flip;             /* MIEN_FLIP_...: the mirrored crop's embedding is added, or put behind the crop's */
  float margin;             /* of a box: pixels of the photograph added to its width and height, half on each side */
  int32_t thresholds;       /* how many there are: see mien_model_get_threshold */
  const char* measured_on;  /* what the thresholds were measured on */
} mien_face_record;
#define MIEN_FACE_RECORD_INIT {sizeof(mien_face_record), 0, 0, 0, 0, NULL}
MIEN_API mien_code mien_model_get_face(const mien_model* model, mien_face_record* record, mien_error* error);

/* Two embeddings of at least this cosine are taken for one person; a share false_accepts of pairs of two people then is
 * too. Since version 3 of the interface. */
typedef struct mien_threshold {
  size_t struct_size;
  double false_accepts;  /* between 0 and 1; it falls from one threshold to the next */
  double cosine;
} mien_threshold;
#define MIEN_THRESHOLD_INIT {sizeof(mien_threshold), 0, 0}
/* MIEN_BAD_ARGUMENT if index is not in 0..thresholds-1. */
MIEN_API mien_code mien_model_get_threshold(const mien_model* model, int32_t index, mien_threshold* threshold,
                                            mien_error* error);

/* Where the weights came from. No string is NULL; "" if the file does not say. */
typedef struct mien_card {
  size_t struct_size;
  const char* name;
  const char* license;
  const char* source_file;
  const char* source_sha256;
  const char* source_format;
  const char* converter;
  int32_t repairs;  /* what the converter had to put right: see mien_model_repair */
} mien_card;
#define MIEN_CARD_INIT {sizeof(mien_card), NULL, NULL, NULL, NULL, NULL, NULL, 0}
MIEN_API mien_code mien_model_get_card(const mien_model* model, mien_card* card, mien_error* error);
/* Line `index` of the card's repairs; NULL if there is none. */
MIEN_API const char* mien_model_repair(const mien_model* model, int32_t index);

/* Bytes of tensor memory that a session of this batch allocates when it is created; -1 for a batch not in 1..4096. */
MIEN_API int64_t mien_model_session_bytes(const mien_model* model, int32_t max_batch);

/* --- Sessions --- */

typedef struct mien_session mien_session;

/* A parallel_for that the caller brings: calls body(arg, i) once for each 0 <= i < bodies, on any threads, one after
 * the other if it must, and returns when all calls have returned. Must not throw. */
typedef void (*mien_parallel_for_fn)(void* context, int bodies, void (*body)(void* arg, int index), void* arg);

typedef struct mien_session_options {
  size_t struct_size;
  int32_t max_batch;                  /* most samples of one run, 1..4096 */
  int32_t width;                      /* bodies per run, >= 1; 1: the caller's thread alone */
  mien_parallel_for_fn parallel_for;  /* needed if width > 1 */
  void* parallel_context;
  int32_t allow_nonfinite;            /* 0: NaN or infinity in an input is MIEN_BAD_ARGUMENT */
} mien_session_options;
#define MIEN_SESSION_OPTIONS_INIT {sizeof(mien_session_options), 1, 1, NULL, NULL, 0}

/* options may be NULL. On success *session is the caller's, to be freed with mien_session_free. */
MIEN_API mien_code mien_session_create(const mien_model* model, const mien_session_options* options,
                                       mien_session** session, mien_error* error);
/* session may be NULL. */
MIEN_API void mien_session_free(mien_session* session);

/* Runs `batch` samples, 1 <= batch <= max_batch. inputs[i] and outputs[i] are the caller's buffers for tensor i, with
 * the samples one after the other; none may be NULL or overlap another. Results have the same bits for any batch and
 * any width. The floating-point state of the calling thread is as before when it returns. */
MIEN_API mien_code mien_session_run(mien_session* session, int32_t batch, const float* const* inputs,
                                    float* const* outputs, mien_error* error);
/* Runs `batch` pictures of exactly the model's height x width: rgb is [batch][height][width][3] bytes, R first whatever
 * the model's colour order. output takes the first output, [batch][its elements]; other outputs are dropped.
 * MIEN_BAD_ARGUMENT if the model does not say how a picture becomes its input, or has more than one input. */
MIEN_API mien_code mien_session_run_pictures(mien_session* session, int32_t batch, const uint8_t* rgb, float* output,
                                             mien_error* error);

#ifdef __cplusplus
}
#endif

#endif /* MIEN_MIEN_H */
