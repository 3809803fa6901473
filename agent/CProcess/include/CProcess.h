#pragma once

// What the supervisor needs from the kernel and Swift cannot say: starting a process without copying the starter,
// and looking at process trees through /proc. Every function is synchronous, keeps no state and allocates little.

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/wait.h>

/// Strings back to back, each with its terminating NUL.
struct sluice_strings {
    const char *bytes;
    size_t length;
    size_t count;
};

/// A limit to set in the child (`setrlimit`).
struct sluice_limit {
    int32_t resource;
    uint64_t soft;
    uint64_t hard;
};

/// What to start.
struct sluice_spawn {
    struct sluice_strings arguments;   ///< the first is looked up in the PATH of `environment` if it has no slash
    struct sluice_strings environment; ///< all of it: nothing is inherited
    const char *directory;             ///< NULL: the starter's
    int standard[3];                   ///< what becomes stdin, stdout and stderr; everything else is closed
    const struct sluice_limit *limits;
    size_t limit_count;
    /// 0: a child of the calling thread, killed when that thread ends. 1: nobody's child, a daemon.
    int detached;
};

enum sluice_stage {
    SLUICE_STAGE_ARGUMENTS = 1, ///< malformed strings, or no memory for their table
    SLUICE_STAGE_CLONE,         ///< no process could be made
    SLUICE_STAGE_DESCRIPTORS,
    SLUICE_STAGE_LIMITS,
    SLUICE_STAGE_DIRECTORY,
    SLUICE_STAGE_EXECUTE,
};

/// How starting went. With `error` 0 the process runs its program; otherwise nothing is left of it.
struct sluice_spawn_result {
    pid_t pid;
    int error; ///< an errno
    int stage; ///< a `sluice_stage`: where it failed
    int found; ///< a file of the command's name was there, so ENOENT means its interpreter or loader
};

/// Starts a process in a session of its own, with default signals and an empty signal mask, and returns once the
/// program runs or has failed to. The starter is suspended meanwhile but not copied, however big it is.
struct sluice_spawn_result sluice_spawn(const struct sluice_spawn *request);

/// Sets every signal to its default: what the starter ignored would be ignored by all children.
void sluice_default_signals(void);
/// Makes this process the parent of descendants whose own parent has ended. Returns 0 or an errno.
int sluice_become_subreaper(void);
/// Closes all descriptors from `first` on.
void sluice_close_from(int first);
/// Looks for an ended child without reaping it. Returns its pid, or 0 if there is none.
pid_t sluice_ended_child(void);

/// The next connection, non-blocking and closed on exec; -1 with errno if there is none.
int sluice_accept(int listener);
/// A pipe, closed on exec, whose read end (the first) does not block and whose write end does. Returns 0 or an errno.
int sluice_pipe(int ends[2]);
/// A pair of sockets that keep messages apart, closed on exec; the first does not block. Returns 0 or an errno.
int sluice_packet_pair(int ends[2]);
/// Sends a message and with it descriptors, at most 8, without waiting. Returns 0 or an errno.
int sluice_send_descriptors(int socket, const char *message, const int *descriptors, size_t count);
/// A file without a name that holds these bytes, closed on exec; -1 with errno.
int sluice_memory_file(const void *bytes, size_t length);
/// Gives the space of a file's first `length` bytes back, which then read as zeros. Returns 0 or an errno.
int sluice_punch_hole(int file, uint64_t length);
/// Where data follow in a file, from `offset` on; -1 if none do.
int64_t sluice_next_data(int file, uint64_t offset);

/// The `children` file of this thread, for `sluice_children_in`; -1 with errno if the kernel has none.
int sluice_open_own_children(void);
/// The pids in a `children` file. Returns how many were stored: at most `capacity`.
size_t sluice_children_in(int file, pid_t *children, size_t capacity);
/// The children of all threads of `pid`, as far as they could be seen. Returns how many were stored.
size_t sluice_children_of(pid_t pid, pid_t *children, size_t capacity);
/// All processes. Returns how many were stored.
size_t sluice_processes(pid_t *processes, size_t capacity);
/// Copies what follows `prefix` (a name and the equals sign) in the environment that `pid` was started with, and a NUL.
/// Returns its length; -1 if it has no such variable, if it does not fit, or if the process may not be looked at.
ssize_t sluice_environment_of(pid_t pid, const char *prefix, char *value, size_t capacity);
