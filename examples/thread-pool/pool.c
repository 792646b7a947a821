#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

enum { MOST_THREADS = 64 };

struct pool {
  pthread_mutex_t mutex; /* guards all that follows */
  pthread_cond_t work, done;
  void (*body)(void* arg, int index);
  void* arg;
  int next, bodies; /* bodies next..bodies-1 are not taken yet */
  int running;      /* taken and not finished */
  int stop;
  int threads;
  pthread_t thread[MOST_THREADS];
};

/* Takes and runs bodies until there is none left. The mutex is held before and after. */
static void run_bodies(pool* p) {
  while (p->next < p->bodies) {
    const int index = p->next++;
    ++p->running;
    pthread_mutex_unlock(&p->mutex);
    p->body(p->arg, index);
    pthread_mutex_lock(&p->mutex);
    --p->running;
  }
}

static void* work(void* argument) {
  pool* p = argument;
  pthread_mutex_lock(&p->mutex);
  while (!p->stop) {
    run_bodies(p);
    if (p->running == 0) pthread_cond_signal(&p->done);
    if (!p->stop && p->next >= p->bodies) pthread_cond_wait(&p->work, &p->mutex);
  }
  pthread_mutex_unlock(&p->mutex);
  return NULL;
}

pool* pool_create(int threads) {
  pool* p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->work, NULL);
  pthread_cond_init(&p->done, NULL);
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  while (p->threads < threads && pthread_create(&p->thread[p->threads], NULL, work, p) == 0) ++p->threads;
  if (p->threads == threads) return p;
  pool_free(p);
  return NULL;
}

void pool_free(pool* p) {
  if (p == NULL) return;
  pthread_mutex_lock(&p->mutex);
  p->stop = 1;
  pthread_cond_broadcast(&p->work);
  pthread_mutex_unlock(&p->mutex);
  for (int i = 0; i < p->threads; ++i) pthread_join(p->thread[i], NULL);
  pthread_cond_destroy(&p->done);
  pthread_cond_destroy(&p->work);
  pthread_mutex_destroy(&p->mutex);
  free(p);
}

void pool_parallel_for(void* context, int bodies, void (*body)(void* arg, int index), void* arg) {
  pool* p = context;
  pthread_mutex_lock(&p->mutex);
  p->body = body, p->arg = arg;
  p->next = 0, p->bodies = bodies;
  pthread_cond_broadcast(&p->work);
  run_bodies(p);
  while (p->running > 0) pthread_cond_wait(&p->done, &p->mutex);
  pthread_mutex_unlock(&p->mutex);
}
