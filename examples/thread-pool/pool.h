/* A pool of POSIX threads that sleep until there is work. One caller at a time. */
#ifndef MIEN_EXAMPLE_POOL_H
#define MIEN_EXAMPLE_POOL_H

typedef struct pool pool;

/* `threads` >= 1 besides the caller's own; NULL if they cannot be had. */
pool* pool_create(int threads);
/* NULL is fine. */
void pool_free(pool* p);

/* A mien_parallel_for_fn whose context is the pool: body(arg, i) once for each 0 <= i < bodies, on the caller's thread
 * and on the pool's; returns when all have returned. */
void pool_parallel_for(void* context, int bodies, void (*body)(void* arg, int index), void* arg);

#endif
