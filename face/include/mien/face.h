/* mien: faces in photographs. The C interface (C99, also C++) of the library mien_face, on top of mien.h.
 *
 *   decode -> detect -> align -> embed -> compare, or search a gallery
 *
 * The rules are those of mien.h: structs begin with struct_size, functions that can fail return a code and fill the
 * caller's mien_error, no C++ exception gets out, nothing is printed, no thread is started. mien_face and mien_match
 * are the exception to the first rule: they are elements of arrays, have no struct_size and will never grow. Unlike
 * mien_session_run, the functions here allocate while they run; what they allocated they have freed when they return,
 * or they keep it in their handle to use it again.
 *
 * Threads: a mien_picture, a mien_gallery and a mien_model are immutable and may be used by any number of threads at
 * once. A mien_detector, a mien_embedder and a mien_gallery_writer are for one thread at a time. Functions without a
 * handle may be called by any thread.
 *
 * Coordinates are pixels: x to the right, y down, (0, 0) is the centre of the top left pixel.
 */
#ifndef MIEN_FACE_H
#define MIEN_FACE_H

#include <mien/mien.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header's binary interface. It grows when a struct grows or a function is added. */
#define MIEN_FACE_ABI_VERSION 2
/* MIEN_FACE_ABI_VERSION of the library. */
MIEN_API uint32_t mien_face_abi_version(void);

/* --- Pictures --- */

/* Pixels that lie somewhere in memory: a decoded picture, a frame of a camera. */
typedef struct mien_pixels {
  size_t struct_size;
  const uint8_t* rgb;         /* rows of width x 3 bytes, R first */
  int32_t height, width;      /* at least 1; height * width at most 2^30 */
  int64_t stride;             /* bytes from one row to the next; 0: 3 * width */
  int32_t reduction;          /* sides of the photograph are this many times longer (see mien_decode_options); 0: 1 */
} mien_pixels;
#define MIEN_PIXELS_INIT {sizeof(mien_pixels), NULL, 0, 0, 0, 1}

typedef struct mien_picture mien_picture;

typedef struct mien_decode_options {
  size_t struct_size;
  int64_t max_pixels;  /* of the picture in the file, whatever the reduction; more is an error */
  int64_t max_bytes;   /* of the file, of the decoded pixels, of the decoder's own memory; more is an error */
  int32_t orient;      /* not 0: turn the picture upright where EXIF data says how */
  int32_t reduction;   /* 1, 2, 4 or 8: a JPEG comes with sides divided by this, which is faster; a PNG in full */
} mien_decode_options;
#define MIEN_DECODE_OPTIONS_INIT {sizeof(mien_decode_options), 64 << 20, 256 << 20, 1, 1}

/* Decodes the bytes of a JPEG or PNG file, which it is told by its content. Grey, palette, CMYK and 16-bit pictures
 * become 8-bit RGB; alpha is dropped. Bytes that are damaged or end too early are an error (MIEN_CORRUPT,
 * MIEN_UNREADABLE), never half a picture. options may be NULL. On success *picture is the caller's, to be freed with
 * mien_picture_free; on failure it is NULL. */
MIEN_API mien_code mien_picture_decode(const void* data, size_t size, const mien_decode_options* options,
                                       mien_picture** picture, mien_error* error);
/* The same from a file. */
MIEN_API mien_code mien_picture_load(const char* path, const mien_decode_options* options, mien_picture** picture,
                                     mien_error* error);
/* picture may be NULL. */
MIEN_API void mien_picture_free(mien_picture* picture);
/* The size and the pixels, which live as long as the picture. */
MIEN_API mien_code mien_picture_get_pixels(const mien_picture* picture, mien_pixels* pixels, mien_error* error);

/* --- Detection --- */

typedef struct mien_face {
  float box[4];           /* left, top, right, bottom; may reach beyond the picture */
  float score;            /* 0..1, the detector's */
  float landmarks[5][2];  /* x, y of left eye, right eye, nose, left and right corner of the mouth (viewer's left) */
} mien_face;

typedef struct mien_detector mien_detector;

typedef struct mien_detector_options {
  size_t struct_size;
  float min_score;                    /* 0..1: less certain faces are dropped; below 0: the family's own */
  float overlap;                      /* 0..1: faces of a larger IoU are one; below 0: the family's own */
  int32_t side;                       /* 1..8192: larger pictures are scaled down to it; 640 finds faces of 16 pixels */
  const char* isa;                    /* as in mien_load_options */
  int32_t check_weights;              /* as in mien_load_options */
  int32_t width;                      /* as in mien_session_options, like the two below */
  mien_parallel_for_fn parallel_for;
  void* parallel_context;
  /* Since version 2 of the interface. */
  mien_log_fn log;                    /* as in mien_load_options, like the two below */
  void* log_context;
  const mien_allocator* allocator;    /* of the network and its sessions; pictures and faces come from operator new */
} mien_detector_options;
#define MIEN_DETECTOR_OPTIONS_INIT \
  {sizeof(mien_detector_options), -1, -1, 640, NULL, 1, 1, NULL, NULL, NULL, NULL, NULL}

/* A detector from a .mien file: RetinaFace, SCRFD, YuNet or Ultra-Light, told by its outputs; any other network is
 * MIEN_BAD_ARGUMENT. options may be NULL. On success *detector is the caller's, to be freed with mien_detector_free; on
 * failure it is NULL. */
MIEN_API mien_code mien_detector_create(const char* path, const mien_detector_options* options,
                                        mien_detector** detector, mien_error* error);
/* The same from memory, which the caller keeps alive and unchanged until the detector is freed. */
MIEN_API mien_code mien_detector_create_memory(const void* data, size_t size, const mien_detector_options* options,
                                               mien_detector** detector, mien_error* error);
/* detector may be NULL. */
MIEN_API void mien_detector_free(mien_detector* detector);

typedef struct mien_detector_info {
  size_t struct_size;
  const char* family;        /* "RetinaFace"; lives as long as the detector */
  int32_t has_landmarks;     /* 0: all five landmarks are the middle of the box, and align nothing */
  int32_t any_size;          /* 0: bound to its file's size: pictures are letterboxed into it, side is unused */
  float min_score, overlap;  /* those in use */
} mien_detector_info;
#define MIEN_DETECTOR_INFO_INIT {sizeof(mien_detector_info), NULL, 0, 0, 0, 0}
MIEN_API mien_code mien_detector_get_info(const mien_detector* detector, mien_detector_info* info, mien_error* error);

/* The faces in a picture, by falling score, in its pixels. *count is how many there are; the first `capacity` of them
 * are written to faces (which may be NULL if capacity is 0), and the rest is left out. A picture without a face is no
 * error. On failure *count is 0. */
MIEN_API mien_code mien_detector_detect(mien_detector* detector, const mien_pixels* picture, mien_face* faces,
                                        int32_t capacity, int32_t* count, mien_error* error);

/* Finds the landmarks of `count` >= 0 faces of the picture once more, close up, and writes them over those there; boxes
 * and scores stay. Embeddings are then less at the mercy of a single look; each face takes nearly the time of a picture
 * of 640 x 480. Faces that no look shows stay as they are, and so does everything for detectors without landmarks or
 * bound to a size. MIEN_BAD_ARGUMENT for a box without a pixel. */
MIEN_API mien_code mien_detector_refine(mien_detector* detector, const mien_pixels* picture, mien_face* faces,
                                        int32_t count, mien_error* error);

/* --- Embedding --- */

/* The crop of a face that this model was trained on, by its face record: crop is [height][width][3] bytes of the size
 * of mien_model_get_picture, and `size` how many bytes the caller has there. MIEN_BAD_ARGUMENT if size is less, if the
 * model does not say how it wants its faces, or if the landmarks (the box) are those of no face. */
MIEN_API mien_code mien_face_align(const mien_pixels* picture, const mien_face* face, const mien_model* model,
                                   uint8_t* crop, size_t size, mien_error* error);

typedef struct mien_embedder mien_embedder;

/* As the model's face record says; or one of MIEN_FLIP_... */
enum { MIEN_FLIP_OF_MODEL = -1 };
/* A model that embeds and the memory to run it; it keeps the model alive. options may be NULL; their max_batch is how
 * many pictures run at once, and with a flip the network runs on twice as many. flip: MIEN_FLIP_OF_MODEL or another. On
 * success *embedder is the caller's, to be freed with mien_embedder_free; on failure it is NULL. */
MIEN_API mien_code mien_embedder_create(const mien_model* model, const mien_session_options* options, int32_t flip,
                                        mien_embedder** embedder, mien_error* error);
/* embedder may be NULL. */
MIEN_API void mien_embedder_free(mien_embedder* embedder);
/* Numbers of one embedding, twice the model's for MIEN_FLIP_CONCAT; 0 for NULL. */
MIEN_API int32_t mien_embedder_dims(const mien_embedder* embedder);

/* Embeddings of `count` >= 1 finished crops, any number of them: crops is [count][height][width][3] bytes of the
 * model's size, R first whatever the model's colour order; embeddings is [count][dims], not scaled to length 1.
 * MIEN_CHECK_FAILED if one comes out as 0 or not finite. */
MIEN_API mien_code mien_embedder_embed(mien_embedder* embedder, const uint8_t* crops, int32_t count,
                                       float* embeddings, mien_error* error);
/* mien_face_align and mien_embedder_embed in one, for `count` >= 1 faces of a picture; the error names the first face
 * that cannot be aligned by its number. */
MIEN_API mien_code mien_embedder_embed_faces(mien_embedder* embedder, const mien_pixels* picture,
                                             const mien_face* faces, int32_t count, float* embeddings,
                                             mien_error* error);

/* --- Comparing --- */

/* Cosine of two embeddings of any length, in [-1, 1]; 0 if one of them has length 0, or is NULL. */
MIEN_API double mien_cosine(const float* a, const float* b, size_t dims);
/* The cosine from which two embeddings of this model are taken for one person's: of its thresholds the first that lets
 * at most one pair of two people in 1000 through, its strictest if it has none such, 0.35 if it has none at all (or is
 * NULL). */
MIEN_API double mien_same_person_threshold(const mien_model* model);
/* One vector of length 1 for a person seen `count` >= 1 times: the direction of the mean of the embeddings, each scaled
 * to length 1. embeddings: [count][dims]; out: [dims], which may be embeddings itself. MIEN_CHECK_FAILED if one of
 * them, or their mean, has length 0 or is not finite. */
MIEN_API mien_code mien_template(const float* embeddings, int32_t count, int32_t dims, float* out, mien_error* error);

/* --- Galleries --- */

/* What made an embedding: embeddings of different hashes or flips cannot be compared. */
typedef struct mien_identity {
  size_t struct_size;
  uint64_t hash;   /* of the graph, the weights and how a picture becomes the input */
  char name[256];  /* for people: UTF-8, cut if it is longer, always terminated */
  int32_t flip;    /* MIEN_FLIP_NONE, _SUM or _CONCAT */
} mien_identity;
#define MIEN_IDENTITY_INIT {sizeof(mien_identity), 0, {0}, 0}
/* Of a .mien file. The flip is what its face record says; set it to another if the embedder was made with another. */
MIEN_API mien_code mien_identity_of_file(const char* path, mien_identity* identity, mien_error* error);
/* Of a .mien file in memory. */
MIEN_API mien_code mien_identity_of_memory(const void* data, size_t size, mien_identity* identity, mien_error* error);

typedef struct mien_gallery mien_gallery;

typedef struct mien_gallery_options {
  size_t struct_size;
  int32_t check_rows;          /* not 0: compare every row with its hash, at about the cost of one search */
  const mien_identity* model;  /* not NULL: MIEN_CHECK_FAILED if the gallery is another model's */
} mien_gallery_options;
#define MIEN_GALLERY_OPTIONS_INIT {sizeof(mien_gallery_options), 1, NULL}

/* Maps a gallery file and searches it where it lies. It holds the embeddings that are in the file now, numbered from 0
 * in the order in which they were appended; what a writer does later shows when it is opened again. options may be
 * NULL. On success *gallery is the caller's, to be freed with mien_gallery_free; on failure it is NULL. */
MIEN_API mien_code mien_gallery_open(const char* path, const mien_gallery_options* options, mien_gallery** gallery,
                                     mien_error* error);
/* gallery may be NULL. */
MIEN_API void mien_gallery_free(mien_gallery* gallery);
/* Embeddings in it; 0 for NULL. */
MIEN_API int64_t mien_gallery_size(const mien_gallery* gallery);

enum { MIEN_ROWS_FLOAT32 = 1, MIEN_ROWS_FLOAT16 = 2 };
typedef struct mien_gallery_info {
  size_t struct_size;
  int64_t size;            /* embeddings */
  int32_t dims;            /* numbers of one embedding */
  int32_t rows;            /* MIEN_ROWS_... */
  uint64_t model_hash;     /* as in mien_identity */
  const char* model_name;  /* lives as long as the gallery */
  const char* unfinished;  /* a record at the end that was not whole, as a sentence; "" if there is none */
  int32_t flip;            /* as in mien_identity */
} mien_gallery_info;
#define MIEN_GALLERY_INFO_INIT {sizeof(mien_gallery_info), 0, 0, 0, 0, NULL, NULL, 0}
MIEN_API mien_code mien_gallery_get_info(const mien_gallery* gallery, mien_gallery_info* info, mien_error* error);

/* The name of embedding `row`, 0 <= row < size, as terminated UTF-8 into `capacity` bytes. Names have at most
 * MIEN_MAX_NAME bytes, without the terminator; MIEN_BAD_ARGUMENT if this one does not fit. */
#define MIEN_MAX_NAME 1000
MIEN_API mien_code mien_gallery_name(const mien_gallery* gallery, int64_t row, char* name, size_t capacity,
                                     mien_error* error);

typedef struct mien_match {
  int64_t row;   /* for mien_gallery_name; -1: none */
  float cosine;  /* of the probe and the stored embedding */
} mien_match;

typedef struct mien_search_options {
  size_t struct_size;
  const char* isa;                    /* as in mien_load_options */
  int32_t width;                      /* as in mien_session_options, like the two below */
  mien_parallel_for_fn parallel_for;
  void* parallel_context;
} mien_search_options;
#define MIEN_SEARCH_OPTIONS_INIT {sizeof(mien_search_options), NULL, 1, NULL, NULL}

/* For each of the `count` probes, [count][dims of the gallery] of any length, its k nearest embeddings by falling
 * cosine, of equal cosines the lower row first: matches is [count][k]. A gallery of fewer than k fills the rest with
 * row -1 and cosine 0. Every embedding is compared; results have the same bits for any count, width and instruction
 * set. options may be NULL. MIEN_BAD_ARGUMENT for a probe of length 0 or not finite. */
MIEN_API mien_code mien_gallery_search(const mien_gallery* gallery, const float* probes, int32_t count, int32_t k,
                                       const mien_search_options* options, mien_match* matches, mien_error* error);

/* --- Changing galleries --- */

typedef struct mien_gallery_writer mien_gallery_writer;

/* What all embeddings of a gallery have in common. */
typedef struct mien_gallery_kind {
  size_t struct_size;
  int32_t dims;                /* 1..4096 */
  int32_t rows;                /* MIEN_ROWS_...: float16 has half the bytes and cosines within 0.001 */
  const mien_identity* model;  /* may not be NULL */
} mien_gallery_kind;
#define MIEN_GALLERY_KIND_INIT {sizeof(mien_gallery_kind), 0, MIEN_ROWS_FLOAT32, NULL}

/* Opens a gallery to change it; others may have it open to search. One writer at a time, in all processes: a second is
 * MIEN_IO. With a kind, a file that is not there is created, and one that is must be of that kind (else
 * MIEN_CHECK_FAILED). With kind NULL the file must be there. A record at its end that is not whole is cut off. options
 * may be NULL. On success *writer is the caller's, to be freed with mien_gallery_writer_free; on failure it is NULL. */
MIEN_API mien_code mien_gallery_writer_open(const char* path, const mien_gallery_kind* kind,
                                            const mien_gallery_options* options, mien_gallery_writer** writer,
                                            mien_error* error);
/* writer may be NULL. What was appended stays. */
MIEN_API void mien_gallery_writer_free(mien_gallery_writer* writer);
/* Embeddings in the gallery; 0 for NULL. */
MIEN_API int64_t mien_gallery_writer_size(const mien_gallery_writer* writer);
/* Appends an embedding of any length (stored with length 1) under a name, which may have several: 1..MIEN_MAX_NAME
 * bytes of UTF-8 without control characters. `dims` must be the gallery's. When it returns, it survives a kill of the
 * process; a power failure once mien_gallery_writer_sync has returned. After an error the gallery is as before. */
MIEN_API mien_code mien_gallery_writer_append(mien_gallery_writer* writer, const char* name, const float* embedding,
                                              int32_t dims, mien_error* error);
/* Removes all embeddings of a name; *removed (may be NULL) is how many there were, 0 included. Their bytes stay in the
 * file until mien_gallery_writer_compact. */
MIEN_API mien_code mien_gallery_writer_remove(mien_gallery_writer* writer, const char* name, int64_t* removed,
                                              mien_error* error);
MIEN_API mien_code mien_gallery_writer_sync(mien_gallery_writer* writer, mien_error* error);
/* Writes what is there to a new file and puts it in the place of the old one; a mien_gallery that is open keeps the old
 * one. After an error the gallery is as before. */
MIEN_API mien_code mien_gallery_writer_compact(mien_gallery_writer* writer, mien_error* error);

#ifdef __cplusplus
}
#endif

#endif /* MIEN_FACE_H */
