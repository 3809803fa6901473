/* Runs `true` COUNT times with at most WIDTH of them at once, and prints the seconds that this took.
 *
 * What the operating system alone costs: each child is spawned with a pipe for its standard output and one for its
 * standard error, both are read to their ends, and it is reaped. No queue, no record, no other process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WIDEST = 64, PIPES = 2 };

extern char **environ;

struct child {
    pid_t pid;
    int open_pipes;
};

static struct child children[WIDEST];
static struct pollfd pipes[WIDEST * PIPES]; /* those of child i are PIPES * i and the next */

static void fail(const char *what, int error) {
    fprintf(stderr, "spawn_loop: %s: %s\n", what, strerror(error));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void start(int slot) {
    static char *arguments[] = {"true", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int ends[PIPES][2];
    for (int i = 0; i < PIPES; i++) {
        if (pipe2(ends[i], O_CLOEXEC) != 0) fail("pipe2", errno);
        posix_spawn_file_actions_adddup2(&actions, ends[i][1], STDOUT_FILENO + i);
    }
    int error = posix_spawnp(&children[slot].pid, "true", &actions, NULL, arguments, environ);
    if (error != 0) fail("posix_spawnp true", error);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < PIPES; i++) {
        close(ends[i][1]);
        pipes[PIPES * slot + i] = (struct pollfd){.fd = ends[i][0], .events = POLLIN};
    }
    children[slot].open_pipes = PIPES;
}

/* Reads what there is. At the end of both pipes the child is reaped, and 1 returned. */
static int drain(int slot) {
    char buffer[4096];
    for (int i = 0; i < PIPES; i++) {
        struct pollfd *pipe = &pipes[PIPES * slot + i];
        if (pipe->fd < 0 || pipe->revents == 0) continue;
        if (read(pipe->fd, buffer, sizeof buffer) > 0) continue;
        close(pipe->fd);
        pipe->fd = -1;
        children[slot].open_pipes -= 1;
    }
    if (children[slot].pid == 0 || children[slot].open_pipes > 0) return 0;
    int status;
    if (waitpid(children[slot].pid, &status, 0) < 0) fail("waitpid", errno);
    if (status != 0) fail("true has failed", 0);
    children[slot].pid = 0;
    return 1;
}

int main(int argc, char **argv) {
    long count = argc == 3 ? atol(argv[1]) : 0;
    int width = argc == 3 ? atoi(argv[2]) : 0;
    if (count < 1 || width < 1 || width > WIDEST) return fputs("usage: spawn_loop COUNT WIDTH\n", stderr), 2;
    for (int i = 0; i < WIDEST * PIPES; i++) pipes[i].fd = -1;
    double began = now();
    long started = 0, ended = 0;
    while (ended < count) {
        for (int i = 0; i < width && started < count; i++) {
            if (children[i].pid == 0) start(i), started += 1;
        }
        if (poll(pipes, (nfds_t)(width * PIPES), -1) < 0 && errno != EINTR) fail("poll", errno);
        for (int i = 0; i < width; i++) ended += drain(i);
    }
    printf("%.6f\n", now() - began);
    return 0;
}
