#ifndef SALLYPORT_CLIBGIT2_SHIM_H
#define SALLYPORT_CLIBGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <git2/sys/transport.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Subtransport and stream as libgit2 sees them, followed by what belongs to us. */
typedef struct {
  git_smart_subtransport parent;
  void *context;
} sallyport_subtransport;

typedef struct {
  git_smart_subtransport_stream parent;
  void *context;
} sallyport_stream;

/* An object database backend, likewise. */
typedef struct {
  git_odb_backend parent;
  void *context;
} sallyport_odb_backend;

/* git_libgit2_opts is variadic, which Swift cannot call. */
static inline int sallyport_git_option_int(int option, int value) {
  return git_libgit2_opts(option, value);
}

static inline int sallyport_git_option_size(int option, size_t value) {
  return git_libgit2_opts(option, value);
}

static inline int sallyport_git_option_ssize(int option, ssize_t value) {
  return git_libgit2_opts(option, value);
}

static inline int sallyport_git_option_search_path(int level, const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

/* copy_file_range(2) from both files' own offsets; glibc declares it under _GNU_SOURCE only. */
static inline ssize_t sallyport_copy_file_range(int input, int output, size_t count) {
  return syscall(SYS_copy_file_range, input, NULL, output, NULL, count, 0U);
}

#endif
