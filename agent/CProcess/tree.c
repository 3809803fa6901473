#define _GNU_SOURCE
#include "CProcess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

size_t sluice_children_in(int file, pid_t *children, size_t capacity) {
    char text[4096];
    size_t count = 0;
    pid_t pid = 0; // a number may be cut between two reads
    off_t offset = 0;
    for (;;) {
        ssize_t length = pread(file, text, sizeof text, offset);
        if (length <= 0) return count;
        offset += length;
        for (ssize_t i = 0; i < length; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
            } else if (pid > 0) {
                if (count == capacity) return count;
                children[count++] = pid;
                pid = 0;
            }
        }
    }
}

int sluice_open_own_children(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)syscall(SYS_gettid));
    return open(path, O_RDONLY | O_CLOEXEC);
}

/// The numbers among the names in a directory of /proc, each passed to `visit` until it answers 0.
static void each_number(const char *path, int (*visit)(pid_t, void *), void *context) {
    DIR *directory = opendir(path);
    if (!directory) return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (*end == 0 && number > 0 && !visit((pid_t)number, context)) break;
    }
    closedir(directory);
}

struct list {
    pid_t owner;
    pid_t *pids;
    size_t count, capacity;
};

static int add_children_of_thread(pid_t thread, void *context) {
    struct list *list = context;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", list->owner, thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 1;
    list->count += sluice_children_in(file, list->pids + list->count, list->capacity - list->count);
    close(file);
    return list->count < list->capacity;
}

size_t sluice_children_of(pid_t pid, pid_t *children, size_t capacity) {
    struct list list = {.owner = pid, .pids = children, .capacity = capacity};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    each_number(path, add_children_of_thread, &list);
    return list.count;
}

static int add(pid_t pid, void *context) {
    struct list *list = context;
    if (list->count == list->capacity) return 0;
    list->pids[list->count++] = pid;
    return 1;
}

size_t sluice_processes(pid_t *processes, size_t capacity) {
    struct list list = {.pids = processes, .capacity = capacity};
    each_number("/proc", add, &list);
    return list.count;
}

static char *read_all(const char *path, size_t *length) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    size_t capacity = 16 * 1024;
    char *bytes = malloc(capacity);
    *length = 0;
    for (ssize_t got; bytes && (got = read(file, bytes + *length, capacity - *length)) > 0;) {
        *length += (size_t)got;
        if (*length < capacity) continue;
        char *wider = realloc(bytes, capacity *= 2);
        if (!wider) free(bytes);
        bytes = wider;
    }
    close(file);
    return bytes;
}

ssize_t sluice_environment_of(pid_t pid, const char *prefix, char *value, size_t capacity) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    size_t length, prefix_length = strlen(prefix);
    char *bytes = read_all(path, &length);
    if (!bytes) return -1;
    ssize_t found = -1;
    for (char *entry = bytes, *end = bytes + length; entry < end && found < 0;) {
        size_t size = strnlen(entry, (size_t)(end - entry));
        if (size >= prefix_length && memcmp(entry, prefix, prefix_length) == 0 && size - prefix_length < capacity) {
            found = (ssize_t)(size - prefix_length);
            memcpy(value, entry + prefix_length, (size_t)found);
            value[found] = 0;
        }
        entry += size + 1;
    }
    free(bytes);
    return found;
}
