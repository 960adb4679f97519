#ifndef SALLYPORT_PROCESS_H
#define SALLYPORT_PROCESS_H

#include <poll.h>
#include <sys/types.h>

// The process calls that Swift cannot make itself: variadic ones (prctl), those that glibc
// declares for _GNU_SOURCE only or that Swift's map of glibc leaves out, and what has to run between fork and
// exec.

/// Orphaned descendants become children of this process instead of init's. Returns 0 or errno.
int sallyport_process_become_subreaper(void);

/// No core dumps, and no reading of this process's memory, environment or descriptors by other
/// processes of the same user. Returns 0 or errno.
int sallyport_process_protect(void);

/// Empties the keyrings that all processes of this user share and that outlive them: the user's, its
/// session's, which links to the first again, and the persistent one. Does nothing about one that the kernel
/// does not have, or that a container's filter closes to this process, and with that to what it starts.
void sallyport_process_clear_user_keyrings(void);

/// Has the allocator keep `kept` bytes at the end of each arena, and make mappings only of blocks of
/// `mapped` bytes and more. Returns 0 or EINVAL.
int sallyport_process_keep_freed_memory(int kept, int mapped);

/// The name that `ps` and `pkill` see; at most 15 bytes are kept.
void sallyport_process_set_name(const char *name);

/// A pipe whose ends are close-on-exec. Returns 0 or errno.
int sallyport_process_pipe(int ends[2]);

/// Blocks SIGCHLD except inside sallyport_process_wait, and ignores the signals that a terminal or
/// a service manager sends to a whole process group or control group.
void sallyport_process_prepare_supervisor(void);

/// ppoll with SIGCHLD let through: returns early, with -EINTR, when a child changes state.
int sallyport_process_wait(struct pollfd *entries, nfds_t count, long long nanoseconds);

/// Starts `path` in a session of its own with descriptors 0, 1 and 2 as given and no others.
/// Returns 0 or errno. Safe in a process with threads.
int sallyport_process_spawn(const char *path, char *const argv[], char *const envp[],
                            int input, int output, int error, pid_t *pid);

/// A descriptor of a child that becomes readable when the child has ended. Returns it, or -errno.
int sallyport_process_descriptor(pid_t pid);

/// Starts `path` beside this process, in its session and process group, with this one's descriptors
/// 0, 1 and 2, with `descriptors` as 3 and up in their order, and with no others. SIGUSR2 is blocked
/// in it from its beginning. Returns 0 or errno. Safe in a process with threads.
int sallyport_process_spawn_successor(const char *path, char *const argv[], char *const envp[],
                                      const int descriptors[], int count, pid_t *pid);

/// Blocks SIGUSR2 in the calling thread and in those that it starts: it waits until somebody reads
/// it, and ends no process that is not ready for it.
void sallyport_process_defer_handover_signal(void);

/// Starts a job's command: own session and process group, standard input from /dev/null, standard
/// output and error inherited, every other descriptor closed, default signal dispositions, no core
/// dumps, a session keyring of its own, no gain of privileges by exec, SIGKILL when this thread ends. Only for a process that has
/// a single thread. Returns 0, or the errno of the call that failed, exec included.
int sallyport_process_spawn_job(const char *path, char *const argv[], char *const envp[],
                                const char *directory, pid_t *pid);

/// Sends three descriptors over a socket, without waiting. Returns 0 or errno.
int sallyport_process_pass_descriptors(int socket, const int descriptors[]);

/// Waits for three descriptors that the other end sends; they are close-on-exec. Returns 0, ESHUTDOWN
/// where there is no other end any more, or errno.
int sallyport_process_take_descriptors(int socket, int descriptors[]);

/// Forks this process into a child of its parent's, in a session of its own and with three
/// descriptors, which are above 2, as its only ones. `pid` is the child's process id, and 0 in the
/// child. Only for a process that has a single thread. Returns 0 or errno, in the child as well.
int sallyport_process_fork_sibling(const int descriptors[], pid_t *pid);

/// Has the file system keep room for `length` bytes of a file from `offset` on, without making the
/// file longer. Returns 0 or errno; EOPNOTSUPP where the file system cannot.
int sallyport_file_reserve(int file, long long offset, long long length);

/// Whether a directory is on a file system in memory (tmpfs, ramfs): 1 or 0, or -errno.
int sallyport_file_is_in_memory(const char *path);

#endif
