#define _GNU_SOURCE
#include "CSallyportProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int sallyport_process_become_subreaper(void) {
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static int refuse_core_dumps(void) {
  const struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &none) == 0 ? 0 : errno;
}

int sallyport_process_protect(void) {
  int failure = refuse_core_dumps();
  if (failure != 0) return failure;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

void sallyport_process_clear_user_keyrings(void) {
  syscall(SYS_keyctl, KEYCTL_CLEAR, (long)KEY_SPEC_USER_KEYRING, 0L, 0L, 0L);
  // Made with a link to the user's, which is what a process without a session keyring searches.
  syscall(SYS_keyctl, KEYCTL_CLEAR, (long)KEY_SPEC_USER_SESSION_KEYRING, 0L, 0L, 0L);
  syscall(SYS_keyctl, KEYCTL_LINK, (long)KEY_SPEC_USER_KEYRING, (long)KEY_SPEC_USER_SESSION_KEYRING,
          0L, 0L);
  // Has no name of its own: it is linked into a keyring of this thread's for as long as it takes.
  long thread = KEY_SPEC_THREAD_KEYRING;
  long persistent = syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1L, thread, 0L, 0L);
  if (persistent < 0) return;
  syscall(SYS_keyctl, KEYCTL_CLEAR, persistent, 0L, 0L, 0L);
  syscall(SYS_keyctl, KEYCTL_UNLINK, persistent, thread, 0L, 0L);
}

int sallyport_process_keep_freed_memory(int kept, int mapped) {
  return mallopt(M_TRIM_THRESHOLD, kept) == 1 && mallopt(M_MMAP_THRESHOLD, mapped) == 1 ? 0
                                                                                        : EINVAL;
}

void sallyport_process_set_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int sallyport_process_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

int sallyport_file_reserve(int file, long long offset, long long length) {
  int result;
  do {
    result = fallocate(file, FALLOC_FL_KEEP_SIZE, offset, length);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

int sallyport_file_is_in_memory(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return -errno;
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

static void child_changed(int signal) { (void)signal; }

void sallyport_process_prepare_supervisor(void) {
  struct sigaction changed = {.sa_handler = child_changed, .sa_flags = SA_NOCLDSTOP};
  sigaction(SIGCHLD, &changed, NULL);
  struct sigaction ignored = {.sa_handler = SIG_IGN};
  const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    sigaction(signals[i], &ignored, NULL);
  }
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_SETMASK, &blocked, NULL);
}

int sallyport_process_wait(struct pollfd *entries, nfds_t count, long long nanoseconds) {
  const struct timespec timeout = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  sigset_t open;
  sigemptyset(&open);
  int ready = ppoll(entries, count, &timeout, &open);
  return ready >= 0 ? ready : -errno;
}

// Where it succeeds, both are the caller's to destroy.
static int begin_spawn(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes) {
  int failure = posix_spawn_file_actions_init(actions);
  if (failure != 0) return failure;
  failure = posix_spawnattr_init(attributes);
  if (failure != 0) posix_spawn_file_actions_destroy(actions);
  return failure;
}

int sallyport_process_spawn(const char *path, char *const argv[], char *const envp[],
                            int input, int output, int error, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int failure = begin_spawn(&actions, &attributes);
  if (failure != 0) return failure;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  failure = posix_spawn_file_actions_adddup2(&actions, input, 0);
  if (failure == 0) failure = posix_spawn_file_actions_adddup2(&actions, output, 1);
  if (failure == 0) failure = posix_spawn_file_actions_adddup2(&actions, error, 2);
  if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  if (failure == 0) failure = posix_spawnattr_setsigmask(&attributes, &none);
  if (failure == 0) failure = posix_spawnattr_setsigdefault(&attributes, &all);
  if (failure == 0) {
    failure = posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  if (failure == 0) failure = posix_spawn(pid, path, &actions, &attributes, argv, envp);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

int sallyport_process_descriptor(pid_t pid) {
  long descriptor = syscall(SYS_pidfd_open, pid, 0);
  return descriptor >= 0 ? (int)descriptor : -errno;
}

void sallyport_process_defer_handover_signal(void) {
  sigset_t handover;
  sigemptyset(&handover);
  sigaddset(&handover, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &handover, NULL);
}

// The copies are above all places that the successor's descriptors go to, so that none is
// overwritten before it has been used.
static int add_descriptors(posix_spawn_file_actions_t *actions, const int descriptors[], int count,
                           int copies[]) {
  for (int i = 0; i < count; i++) {
    copies[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 3 + count);
    if (copies[i] < 0) return errno;
    int failure = posix_spawn_file_actions_adddup2(actions, copies[i], 3 + i);
    if (failure != 0) return failure;
  }
  return posix_spawn_file_actions_addclosefrom_np(actions, 3 + count);
}

int sallyport_process_spawn_successor(const char *path, char *const argv[], char *const envp[],
                                      const int descriptors[], int count, pid_t *pid) {
  enum { maximum = 16 };
  if (count < 0 || count > maximum) return EINVAL;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int failure = begin_spawn(&actions, &attributes);
  if (failure != 0) return failure;
  int copies[maximum];
  for (int i = 0; i < maximum; i++) copies[i] = -1;
  sigset_t handover, all;
  sigemptyset(&handover);
  sigaddset(&handover, SIGUSR2);
  sigfillset(&all);
  failure = add_descriptors(&actions, descriptors, count, copies);
  if (failure == 0) failure = posix_spawnattr_setsigmask(&attributes, &handover);
  if (failure == 0) failure = posix_spawnattr_setsigdefault(&attributes, &all);
  if (failure == 0) {
    failure =
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  if (failure == 0) failure = posix_spawn(pid, path, &actions, &attributes, argv, envp);
  for (int i = 0; i < maximum; i++) {
    if (copies[i] >= 0) close(copies[i]);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

// Runs between fork and exec: async-signal-safe calls only. Returns the errno of what failed.
static int become_job(const char *path, char *const argv[], char *const envp[],
                      const char *directory, pid_t supervisor, int report) {
  if (setsid() < 0) return errno;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  if (getppid() != supervisor) return ESRCH;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  int failure = refuse_core_dumps();
  if (failure != 0) return failure;
  // Where the kernel has keyrings: what one job puts into its own ends with it.
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return errno;
  umask(022);
  if (chdir(directory) != 0) return errno;
  int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, 0) < 0) return errno;
  if (report > 3 && close_range(3, (unsigned)report - 1, 0) != 0) return errno;
  if (close_range((unsigned)report + 1, ~0U, 0) != 0) return errno;
  execve(path, argv, envp);
  return errno;
}

struct job {
  const char *path;
  char *const *argv;
  char *const *envp;
  const char *directory;
  pid_t supervisor;
  int report;
};

static int run_job(void *argument) {
  const struct job *job = argument;
  int failure =
      become_job(job->path, job->argv, job->envp, job->directory, job->supervisor, job->report);
  ssize_t written = write(job->report, &failure, sizeof failure);
  (void)written;
  _exit(127);
}

// The child has the supervisor's memory until it has become the command, as posix_spawn has it: a
// copy would cost more than the rest of a start.
static pid_t start_job(struct job *job) {
  static _Alignas(16) char stack[64 * 1024];
  return clone(run_job, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, job);
}

int sallyport_process_spawn_job(const char *path, char *const argv[], char *const envp[],
                                const char *directory, pid_t *pid) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  struct job job = {path, argv, envp, directory, getpid(), report[1]};
  pid_t child = start_job(&job);
  if (child < 0) {
    int failure = errno;
    close(report[0]);
    close(report[1]);
    return failure;
  }
  close(report[1]);
  int failure = 0;
  ssize_t count;
  do {
    count = read(report[0], &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count == 0) {
    *pid = child;
    return 0;
  }
  waitpid(child, NULL, 0);
  return count == sizeof failure ? failure : EIO;
}

enum { passed = 3 };

int sallyport_process_pass_descriptors(int socket, const int descriptors[]) {
  char byte = 0;
  struct iovec data = {&byte, 1};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(passed * sizeof(int))] = {0};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(passed * sizeof(int));
  memcpy(CMSG_DATA(header), descriptors, passed * sizeof(int));
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == 1 ? 0 : sent < 0 ? errno : EIO;
}

int sallyport_process_take_descriptors(int socket, int descriptors[]) {
  char byte;
  struct iovec data = {&byte, 1};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(passed * sizeof(int))];
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t received;
  do {
    received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return errno;
  if (received == 0) return ESHUTDOWN;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(passed * sizeof(int)) || (message.msg_flags & MSG_CTRUNC)) {
    return EPROTO;
  }
  memcpy(descriptors, CMSG_DATA(header), passed * sizeof(int));
  return 0;
}

int sallyport_process_fork_sibling(const int descriptors[], pid_t *pid) {
  // No function of the C library forks on behalf of the parent. With one thread, what the library
  // does around its own fork is not needed.
  long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (child < 0) return errno;
  *pid = (pid_t)child;
  if (child > 0) return 0;
  for (int i = 0; i < passed; i++) {
    if (dup2(descriptors[i], i) < 0) return errno;
  }
  if (close_range(passed, ~0U, 0) != 0) return errno;
  return setsid() < 0 ? errno : 0;
}
