/* mien: oneTBB's threads for sessions, detectors and searches. The C interface (C99, also C++) of the library mien_tbb,
 * on top of mien.h. Its functions may be called by any thread.
 */
#ifndef MIEN_TBB_H
#define MIEN_TBB_H

#include <mien/mien.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The parallel_for of an arena of `width` threads, the caller's among them; width <= 0: mien_allowed_threads(). All
 * callers of one width share its arena, which is made at first use and kept until the process ends. Returns the width
 * to set beside the two, for any struct of options that has the three:
 *
 *   options.width = mien_tbb_parallel(0, &options.parallel_for, &options.parallel_context);
 *
 * For one thread, and where there is no memory for an arena, that is 1, and both are set to NULL: the caller's thread
 * alone. */
MIEN_API int32_t mien_tbb_parallel(int32_t width, mien_parallel_for_fn* parallel_for, void** parallel_context);

#ifdef __cplusplus
}
#endif

#endif /* MIEN_TBB_H */
