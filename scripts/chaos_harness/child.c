/* The program that the chaos runs execute: it bears witness of its own life, outside of Sluice.
 *
 * Usage: child FOLDER MILLISECONDS WAY
 *
 * It appends lines to FOLDER/<name of the agent>, each with one write: O_APPEND keeps them whole and in order.
 *     KIND RUN ATTEMPT PID MONOTONIC-NS WALL-NS
 * KIND is S at the start, H while it lives (so that the moment of a killed child's death is known to a few
 * milliseconds), and E with the exit code at the end: E0, E3. What it has forked writes D lines while it lives.
 *
 * WAY: ok, fail (exit code 3), flaky (exit code 4, but for every third attempt), stubborn (ignores TERM),
 * fork (two generations of descendants, all stubborn), daemon (a descendant in a session of its own, with neither its
 * environment nor its parents).
 *
 * Linked statically, so that a run costs as little as a process can.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BEAT_MILLISECONDS 20

static int evidence = -1;
static const char *run = "", *attempt = "";

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void testify(const char *kind) {
    char line[160];
    int length = snprintf(line, sizeof line, "%s %s %s %d %lld %lld\n", kind, run, attempt, (int)getpid(),
                          (long long)nanoseconds(CLOCK_MONOTONIC), (long long)nanoseconds(CLOCK_REALTIME));
    if (write(evidence, line, (size_t)length) != length) _exit(9);
}

/* Sleeps for so many milliseconds, with a line now and then. */
static void live(long milliseconds, const char *kind) {
    int64_t end = nanoseconds(CLOCK_MONOTONIC) + milliseconds * 1000000;
    for (;;) {
        int64_t left = (end - nanoseconds(CLOCK_MONOTONIC)) / 1000000;
        if (left <= 0) return;
        struct timespec nap = {.tv_nsec = (left < BEAT_MILLISECONDS ? left : BEAT_MILLISECONDS) * 1000000};
        nanosleep(&nap, NULL);
        if (left > BEAT_MILLISECONDS) testify(kind);
    }
}

static void descend(int generations, long milliseconds) {
    if (generations == 0 || fork() != 0) return;
    descend(generations - 1, milliseconds);
    live(milliseconds, "D");
    _exit(0);
}

static void daemonise(long milliseconds) {
    if (fork() != 0) return;
    setsid();
    if (fork() != 0) _exit(0);
    clearenv();
    if (chdir("/") != 0) _exit(9);
    for (int descriptor = 0; descriptor < 3; descriptor++) close(descriptor);
    live(milliseconds, "D");
    _exit(0);
}

static int exit_code(const char *way) {
    if (strcmp(way, "fail") == 0) return 3;
    return strcmp(way, "flaky") == 0 && atoi(attempt) % 3 != 0 ? 4 : 0;
}

int main(int argc, char **argv) {
    char path[4096];
    const char *agent = getenv("SLUICE_AGENT_NAME");
    run = getenv("SLUICE_RUN_ID");
    attempt = getenv("SLUICE_ATTEMPT");
    if (argc != 4 || !agent || !run || !attempt) return 9;
    snprintf(path, sizeof path, "%s/%s", argv[1], agent);
    evidence = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (evidence < 0) return 9;
    testify("S");
    long milliseconds = atol(argv[2]);
    const char *way = argv[3];
    if (strcmp(way, "stubborn") == 0 || strcmp(way, "fork") == 0) signal(SIGTERM, SIG_IGN);
    if (strcmp(way, "fork") == 0) descend(2, milliseconds);
    if (strcmp(way, "daemon") == 0) daemonise(milliseconds);
    live(milliseconds, "H");
    int code = exit_code(way);
    char kind[8];
    snprintf(kind, sizeof kind, "E%d", code);
    testify(kind);
    return code;
}
