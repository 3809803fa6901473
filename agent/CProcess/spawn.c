#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Between clone and execve the child runs on memory that it shares with its suspended parent. It may call nothing that
// allocates or locks, and it reports a failure by writing into the parent's `attempt`.

#define CHILD_STACK (32 * 1024)
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

struct attempt {
    const struct sluice_spawn *request;
    char **arguments;
    char **environment;
    const char *path;
    pid_t parent;
    struct sluice_spawn_result result;
};

static void fail(struct attempt *attempt, int stage) {
    attempt->result.error = errno;
    attempt->result.stage = stage;
    _exit(127);
}

/// Tries one file. Returns only if it cannot be executed, with errno set.
static void try_file(struct attempt *attempt, const char *file) {
    execve(file, attempt->arguments, attempt->environment);
    int error = errno;
    if (error != ENOENT && error != ENOTDIR) attempt->result.found = 1;
    else if (access(file, F_OK) == 0) attempt->result.found = 1;
    errno = error;
}

/// A directory of the PATH that lacks the command, or may not be searched, does not end the search; a broken file does.
static int may_search_on(int error) {
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ESTALE || error == ENAMETOOLONG;
}

static void search_path(struct attempt *attempt, const char *name) {
    char file[PATH_MAX];
    size_t name_length = strlen(name);
    int refusal = ENOENT;
    for (const char *entry = attempt->path;;) {
        size_t length = strcspn(entry, ":");
        if (length + 1 + name_length < sizeof file) {
            memcpy(file, entry, length);
            size_t slash = length > 0 ? 1 : 0;
            if (slash) file[length] = '/';
            memcpy(file + length + slash, name, name_length + 1);
            attempt->result.found = 0;
            try_file(attempt, file);
            if (!may_search_on(errno) || (errno == ENOENT && attempt->result.found)) return;
            if (errno == EACCES) refusal = EACCES;
        }
        if (entry[length] == 0) break;
        entry += length + 1;
    }
    attempt->result.found = refusal == EACCES;
    errno = refusal;
}

static void set_descriptors(struct attempt *attempt) {
    int source[3];
    for (int i = 0; i < 3; i++) {
        source[i] = attempt->request->standard[i];
        // Out of the way of the targets; and dup2 of a descriptor to itself would leave it close-on-exec.
        if (source[i] < 3) source[i] = fcntl(source[i], F_DUPFD_CLOEXEC, 3);
        if (source[i] < 0) fail(attempt, SLUICE_STAGE_DESCRIPTORS);
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(source[i], i) < 0) fail(attempt, SLUICE_STAGE_DESCRIPTORS);
    }
    sluice_close_from(3);
}

static void set_limits(struct attempt *attempt) {
    for (size_t i = 0; i < attempt->request->limit_count; i++) {
        const struct sluice_limit *limit = &attempt->request->limits[i];
        struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
        if (setrlimit(limit->resource, &value) != 0) fail(attempt, SLUICE_STAGE_LIMITS);
    }
}

/// In the child: becomes the program, or reports why not.
static int become_program(void *argument) {
    struct attempt *attempt = argument;
    const struct sluice_spawn *request = attempt->request;
    attempt->result.pid = getpid();
    setsid();
    if (!request->detached) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != attempt->parent) _exit(127); // it died before the signal was asked for
    }
    set_descriptors(attempt);
    set_limits(attempt);
    if (request->directory && chdir(request->directory) != 0) fail(attempt, SLUICE_STAGE_DIRECTORY);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    const char *name = attempt->arguments[0];
    if (strchr(name, '/')) try_file(attempt, name);
    else if (*name) search_path(attempt, name);
    else errno = ENOENT;
    fail(attempt, SLUICE_STAGE_EXECUTE);
    return 127;
}

/// Runs `body` in a new process that shares this memory until it has become a program or ended.
static pid_t clone_suspended(int (*body)(void *), struct attempt *attempt) {
    char stack[CHILD_STACK] __attribute__((aligned(16)));
    pid_t pid = clone(body, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, attempt);
    if (pid < 0) {
        attempt->result.error = errno;
        attempt->result.stage = SLUICE_STAGE_CLONE;
    }
    return pid;
}

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

/// In the process between: makes the daemon and ends, so that the daemon is nobody's child.
static int make_daemon(void *argument) {
    pid_t pid = clone_suspended(become_program, argument);
    struct attempt *attempt = argument;
    if (pid > 0 && attempt->result.error != 0) reap(pid);
    _exit(0);
}

static void start_child(struct attempt *attempt) {
    pid_t pid = clone_suspended(become_program, attempt);
    if (pid > 0 && attempt->result.error != 0) reap(pid);
}

/// The process between needs room for the stack of the next.
static void start_daemon(struct attempt *attempt) {
    char stack[2 * CHILD_STACK] __attribute__((aligned(16)));
    pid_t pid = clone(make_daemon, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, attempt);
    if (pid > 0) {
        reap(pid);
    } else {
        attempt->result.error = errno;
        attempt->result.stage = SLUICE_STAGE_CLONE;
    }
}

/// Fills a table of pointers into the strings. Returns where the table ends, or NULL if the strings are malformed.
static char **point_at(const struct sluice_strings *strings, char **table) {
    const char *next = strings->bytes, *end = strings->bytes + strings->length;
    for (size_t i = 0; i < strings->count; i++) {
        const char *nul = next < end ? memchr(next, 0, (size_t)(end - next)) : NULL;
        if (!nul) return NULL;
        *table++ = (char *)next;
        next = nul + 1;
    }
    *table++ = NULL;
    return next == end ? table : NULL;
}

static const char *search_path_in(char **environment) {
    for (; *environment; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0) return *environment + 5;
    }
    return DEFAULT_PATH;
}

struct sluice_spawn_result sluice_spawn(const struct sluice_spawn *request) {
    struct attempt attempt = {.request = request, .parent = getpid()};
    attempt.result = (struct sluice_spawn_result){.pid = -1, .error = EINVAL, .stage = SLUICE_STAGE_ARGUMENTS};
    if (request->arguments.count == 0) return attempt.result;
    if (request->arguments.count > request->arguments.length) return attempt.result;
    if (request->environment.count > request->environment.length) return attempt.result;
    char **table = malloc((request->arguments.count + request->environment.count + 2) * sizeof *table);
    if (!table) {
        attempt.result.error = ENOMEM;
        return attempt.result;
    }
    attempt.arguments = table;
    attempt.environment = point_at(&request->arguments, table);
    if (attempt.environment && point_at(&request->environment, attempt.environment)) {
        attempt.path = search_path_in(attempt.environment);
        attempt.result.error = 0;
        attempt.result.stage = 0;
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before); // no handler of the starter may run in the child
        if (request->detached) start_daemon(&attempt);
        else start_child(&attempt);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    free(table);
    return attempt.result;
}

void sluice_default_signals(void) {
    // Not through glibc, which does not let go of the two signals that it uses itself. All zeros is SIG_DFL.
    const uint64_t action[8] = {0};
    for (int number = 1; number < NSIG; number++) {
        syscall(SYS_rt_sigaction, number, action, NULL, (size_t)(NSIG - 1) / 8);
    }
}

int sluice_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? 0 : errno;
}

void sluice_close_from(int first) {
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0) return;
    int count = (int)sysconf(_SC_OPEN_MAX);
    for (int descriptor = first; descriptor < count; descriptor++) close(descriptor);
}

pid_t sluice_ended_child(void) {
    siginfo_t information = {0};
    return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0 ? information.si_pid : 0;
}
