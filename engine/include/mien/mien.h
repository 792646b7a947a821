/* mien: face networks on the CPU. The C interface (C99, also C++).
 *
 *   load a model -> look at it -> create a session -> run it, as often as you like -> free both
 *
 * A model is a .mien file, planned for one instruction set. It is immutable: any number of threads may use one at the
 * same time. A session is the working memory of one caller; one thread at a time may use it, and only
 * mien_session_cancel and mien_session_resume may be called by others meanwhile. A session keeps its model alive, so
 * the two may be freed in either order. Functions without a handle may be called by any thread.
 *
 * Structs. Every struct begins with struct_size, which the caller sets to sizeof the struct (the _INIT macros do); that
 * is how a library that is newer or older than the header knows what it was given. Structs only ever grow at their end.
 *
 * Ownership. Memory belongs to whoever made it: strings that come out belong to the model and live as long as it does,
 * buffers that go in stay the caller's and are not kept after the call, unless a function says otherwise. Options
 * structs are read during the call; callbacks and contexts in them are kept, and must work as long as is said there.
 *
 * Errors. Functions that can fail return a mien_code and, where the caller passed a mien_error (it may be NULL), fill
 * it on failure; on success it is left alone. Besides the codes that a function names, any of them may return
 * MIEN_BAD_ARGUMENT for a NULL where none is allowed, for a struct_size that is not set, and for options out of their
 * range; MIEN_UNSUPPORTED for options of a newer header that this library does not know; and MIEN_INTERNAL. The library
 * never prints, aborts, starts a thread, reads the environment or lets a C++ exception out.
 *
 * Memory. What grows with the network (packed weights, activations, pictures, the copy of a file that lies badly in
 * memory) comes from the caller's mien_allocator, if there is one: see there for the whole list. Names, shapes and the
 * list of steps, some KB per layer, come from the C++ operator new. Where that finds no memory the answer is
 * MIEN_OUT_OF_MEMORY too; only a library that was built without exceptions (MIEN_MINIMAL) ends the process there.
 * mien_session_run and mien_session_run_pictures allocate nothing unless they fail.
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
#define MIEN_ABI_VERSION 4
#define MIEN_MAX_RANK 6

/* MIEN_ABI_VERSION of the library: at least that of the header the caller was compiled with, or some of its functions
 * and fields are missing. */
MIEN_API uint32_t mien_abi_version(void);
/* "0.1.0": of the library, a string that lives for ever. */
MIEN_API const char* mien_version(void);
/* How many threads this process may usefully run: the smaller of its CPU affinity and its cgroup's quota, >= 1. It
 * reads files of /proc and /sys. */
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
  MIEN_CHECK_FAILED = 6,  /* a proof or a comparison did not hold */
  MIEN_IO = 7,            /* writing failed */
  MIEN_INTERNAL = 8,      /* a bug in the library */
  MIEN_CANCELLED = 9      /* the caller ended the run; since version 4 of the interface */
};
/* "corrupt"; "unknown" for a number that is none of the above. A string that lives for ever. */
MIEN_API const char* mien_code_name(mien_code code);

typedef struct mien_error {
  size_t struct_size;
  mien_code code;
  char message[1020];  /* one line of UTF-8, cut if it is longer, always terminated */
} mien_error;
#define MIEN_ERROR_INIT {sizeof(mien_error), MIEN_OK, {0}}

/* --- What the caller may bring --- */

enum { MIEN_LOG_INFO = 0, MIEN_LOG_WARNING = 1 };
/* Called during a load, on the thread that loads, once per line. `message` is UTF-8 without a line feed and lives until
 * the call returns. level: MIEN_LOG_... Warnings are: weights that were not checked, a file that does not say how a
 * picture becomes its input, sections of a newer format that were left out, an instruction set below the CPU's best,
 * memory that had to be copied because of its alignment. Must not throw or call the library. */
typedef void (*mien_log_fn)(void* context, int32_t level, const char* message);

/* `size` bytes (> 0, a multiple of 64) at a multiple of `alignment` (64), or NULL if there are none, which becomes
 * MIEN_OUT_OF_MEMORY. They need not be zero. Must not throw or call the library. */
typedef void* (*mien_allocate_fn)(void* context, size_t size, size_t alignment);
/* Takes back what mien_allocate_fn gave for `size`. Never called with NULL. */
typedef void (*mien_release_fn)(void* context, void* memory, size_t size);
/* Memory from the caller. Through it go, of a model: packed weights, biases and slopes, constants in another layout,
 * and the copy of a file in memory that is not 64-byte aligned; of a session: activations, scratch memory, marks of
 * finished work (if width > 1), the network's input and dropped outputs of mien_session_run_pictures. Not through it
 * go: the pages of a mapped file, which are the system's and leave memory as they are packed (who wants none reads the
 * file into memory of his own and calls mien_model_load_memory); and names, shapes and steps (operator new).
 * It is called while a model or session is created and freed, by the thread that does it, never during a run. A
 * session that is freed last frees its model. Functions and context must work until everything made with them is
 * freed. Without an allocator memory is the system's: posix_memalign, and mmap with large pages from 4 MB on.
 * Since version 4 of the interface. */
typedef struct mien_allocator {
  size_t struct_size;
  mien_allocate_fn allocate;  /* both must be given */
  mien_release_fn release;
  void* context;
} mien_allocator;
#define MIEN_ALLOCATOR_INIT {sizeof(mien_allocator), NULL, NULL, NULL}

/* A parallel_for that the caller brings, the one of his own thread pool: calls body(arg, i) once for each
 * 0 <= i < bodies, on any threads, on fewer than `bodies` and one after the other if it must, and returns when all
 * calls have returned. It is called once per run, on the thread that runs. Which threads take part changes no bit of a
 * result. Must not throw. */
typedef void (*mien_parallel_for_fn)(void* context, int bodies, void (*body)(void* arg, int index), void* arg);

/* Asked before each step of a run (some 10 us to some ms apart), on the thread that computes its first part; with
 * width > 1 two threads may ask at once. Not 0 ends the run with MIEN_CANCELLED. Must not throw, and must not call the
 * library on this session other than mien_session_cancel and mien_session_resume. */
typedef int32_t (*mien_cancel_fn)(void* context);

/* --- Models --- */

typedef struct mien_model mien_model;

typedef struct mien_load_options {
  size_t struct_size;
  const char* isa;        /* "generic", "sse41", "avx2", "avx512", "neon32", "neon"; NULL: the best of this CPU */
  int32_t check_weights;  /* not 0: hash the weights and look for NaN too, which reads every page of the file */
  mien_log_fn log;        /* NULL: none */
  void* log_context;
  /* Since version 2 of the interface. */
  int32_t low_memory;     /* not 0: the smallest packed weights, at a cost in speed */
  /* Since version 4 of the interface. */
  const mien_allocator* allocator;  /* NULL: the system. Copied, see there how long its functions must work */
} mien_load_options;
#define MIEN_LOAD_OPTIONS_INIT {sizeof(mien_load_options), NULL, 1, NULL, NULL, 0, NULL}

/* Loads a file (it is mapped, and must not be changed in place while the model lives; replacing it is fine). path: as
 * the system takes it. What is packed leaves memory: the process grows by packed_weight_bytes and by
 * mien_model_session_bytes for each session, or for a moment by weight_bytes if those are more. options may be NULL.
 * On success *model is the caller's, to be freed with mien_model_free; on failure it is NULL.
 * Errors: MIEN_UNREADABLE (no such file, not a .mien file), MIEN_CORRUPT with the byte offset, MIEN_UNSUPPORTED (a
 * newer format, an operator, no instruction set for this CPU), MIEN_OUT_OF_MEMORY; the message begins with the path.
 * MIEN_BAD_ARGUMENT for an isa that this library or this CPU does not have. */
MIEN_API mien_code mien_model_load(const char* path, const mien_load_options* options, mien_model** model,
                                   mien_error* error);
/* The same from `size` bytes of memory, an array that is linked into the program say, which the caller keeps alive and
 * unchanged until the model and all its sessions are freed. data may have any alignment: at a multiple of 64 bytes it
 * is used in place, else all of it is copied into aligned memory of the model. The model never writes to it. Errors:
 * as above, without a path. */
MIEN_API mien_code mien_model_load_memory(const void* data, size_t size, const mien_load_options* options,
                                          mien_model** model, mien_error* error);
/* Takes the caller's hold of the model away; its sessions keep it as long as they live. model may be NULL. No other
 * thread may use the model in the same moment or later, other than through its sessions. */
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
/* This and all functions below that take a const mien_model: any thread, at any time in the model's life; they allocate
 * nothing that stays. They fill the struct that the caller gives, or on failure leave it at zeros. */
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

/* Bytes that a session of this batch and width 1 takes from its allocator when it is created; -1 for a batch not in
 * 1..4096 or a NULL model. */
MIEN_API int64_t mien_model_session_bytes(const mien_model* model, int32_t max_batch);

/* --- Sessions --- */

typedef struct mien_session mien_session;

typedef struct mien_session_options {
  size_t struct_size;
  int32_t max_batch;                  /* most samples of one run, 1..4096 */
  int32_t width;                      /* bodies per run, >= 1; 1: the caller's thread alone */
  mien_parallel_for_fn parallel_for;  /* needed if width > 1 */
  void* parallel_context;
  int32_t allow_nonfinite;            /* 0: NaN or infinity in an input is MIEN_BAD_ARGUMENT */
  /* Since version 4 of the interface. */
  const mien_allocator* allocator;    /* NULL: the model's. Copied, as in mien_load_options */
  mien_cancel_fn cancel;              /* NULL: none */
  void* cancel_context;
} mien_session_options;
#define MIEN_SESSION_OPTIONS_INIT {sizeof(mien_session_options), 1, 1, NULL, NULL, 0, NULL, NULL, NULL}

/* Exactly what a session of these options (NULL: the defaults) takes from its allocator when it is created, into
 * *bytes: activations and scratch memory, which grow with max_batch and width, and for a model that takes pictures
 * their floats. On failure *bytes is 0. Since version 4 of the interface. */
MIEN_API mien_code mien_model_get_session_memory(const mien_model* model, const mien_session_options* options,
                                                 int64_t* bytes, mien_error* error);

/* options may be NULL. On success *session is the caller's, to be freed with mien_session_free; on failure it is NULL.
 * The callbacks and contexts of the options must work until then. Any number of threads may create sessions of one
 * model at once. Errors: MIEN_OUT_OF_MEMORY. */
MIEN_API mien_code mien_session_create(const mien_model* model, const mien_session_options* options,
                                       mien_session** session, mien_error* error);
/* session may be NULL. REQUIRES: no run of it is going on. */
MIEN_API void mien_session_free(mien_session* session);

/* Runs `batch` samples, 1 <= batch <= max_batch. inputs[i] and outputs[i] are the caller's buffers for tensor i of
 * mien_model_get_input and mien_model_get_output: float32, row-major, [batch][dims of one sample], the samples one
 * after the other, at any alignment that a float may have; none may be NULL or overlap another. Inputs are what the
 * network takes, already normalised: see mien_picture_info for pictures. Results have the same bits for any batch and
 * any width. The floating-point state of the calling thread is as before when it returns.
 * Errors: MIEN_BAD_ARGUMENT (batch, a NULL buffer, a NaN or infinity in an input unless allow_nonfinite), with outputs
 * as before; MIEN_CANCELLED, with anything in the outputs. The session may be used again after either. */
MIEN_API mien_code mien_session_run(mien_session* session, int32_t batch, const float* const* inputs,
                                    float* const* outputs, mien_error* error);
/* Runs `batch` pictures of exactly the model's height x width: rgb is [batch][height][width][3] bytes, R first
 * whatever the model's colour order. They are normalised as mien_picture_info says. output takes the first output,
 * [batch][its elements] float32, as the network gives it (scaled to length 1 only if mien_embedding_info says so);
 * other outputs are dropped. Errors: as above; MIEN_BAD_ARGUMENT too if the model does not say how a picture becomes
 * its input, or has more than one input. */
MIEN_API mien_code mien_session_run_pictures(mien_session* session, int32_t batch, const uint8_t* rgb, float* output,
                                             mien_error* error);

/* Ends the run that is going on with MIEN_CANCELLED, as soon as every thread has finished the part that it computes
 * (some 10 us to some ms), and every later run of the session before it computes anything, until mien_session_resume:
 * so a cancel that comes just before its run is not lost. A run that had nothing left to compute returns MIEN_OK with
 * whole outputs. Any thread, at any time in the session's life, a signal handler too. session may be NULL.
 * Since version 4 of the interface. */
MIEN_API void mien_session_cancel(mien_session* session);
/* Lets the session run again. The run that was cancelled stays so. Any thread. session may be NULL. */
MIEN_API void mien_session_resume(mien_session* session);

#ifdef __cplusplus
}
#endif

#endif /* MIEN_MIEN_H */
