// A wall clock that the fault suite can set for one host while its processes run.
//
// Every process of the run is preloaded with this. The offset in seconds is a number in a file that
// is named after the process's network namespace, and mapped: no lock, no cache and no state that a
// `kill -9` could leave behind. Only CLOCK_REALTIME moves; CLOCK_MONOTONIC and CLOCK_BOOTTIME never
// do. Absolute waits by the wall clock are handed to the kernel in real time.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t zero = 0;
static const volatile int64_t *offset = &zero;

__attribute__((constructor)) static void map_offset(void) {
  char path[] = CLOCKS "/                                ";
  char *name = path + sizeof(CLOCKS);
  // `net:[4026531840]`, as a file name.
  ssize_t length = readlink("/proc/self/ns/net", name, 31);
  if (length <= 0) return;
  name[length] = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) offset = page;
}

static int is_wall_clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

// A point of the wall clock is after 2001, one of the other clocks is not.
static struct timespec real_time(const struct timespec *point) {
  struct timespec real = *point;
  if (real.tv_sec > 1000000000) real.tv_sec -= *offset;
  return real;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*next)(clockid_t, struct timespec *);
  if (next == NULL) next = dlsym(RTLD_NEXT, "clock_gettime");
  int result = next(clock, time);
  if (result == 0 && is_wall_clock(clock)) time->tv_sec += *offset;
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  static int (*next)(struct timeval *, void *);
  if (next == NULL) next = dlsym(RTLD_NEXT, "gettimeofday");
  int result = next(time, zone);
  if (result == 0 && time != NULL) time->tv_sec += *offset;
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
    const struct timespec *restrict point) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (next == NULL) next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  struct timespec real = real_time(point);
  return next(condition, mutex, &real);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict point) {
  static int (*next)(sem_t *, const struct timespec *);
  if (next == NULL) next = dlsym(RTLD_NEXT, "sem_timedwait");
  struct timespec real = real_time(point);
  return next(semaphore, &real);
}

int timerfd_settime(
    int file, int flags, const struct itimerspec *setting, struct itimerspec *old) {
  static int (*next)(int, int, const struct itimerspec *, struct itimerspec *);
  if (next == NULL) next = dlsym(RTLD_NEXT, "timerfd_settime");
  struct itimerspec real = *setting;
  if (flags & TFD_TIMER_ABSTIME) real.it_value = real_time(&setting->it_value);
  return next(file, flags, &real, old);
}
