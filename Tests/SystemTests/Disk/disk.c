/* A disk that keeps nothing but what was synced: a library to preload into a server under test.
 *
 * Below DISK_IMAGE it keeps what a loss of power would leave of the files below DISK_ROOT. A write reaches the image at
 * the next fsync or fdatasync of its file; a name, made, moved or removed, at the next fsync of its folder. To lose the
 * power is to kill the server and to put DISK_IMAGE/tree in place of DISK_ROOT.
 *
 *   DISK_ROOT   the folder, by its real path. Lock files and SQLite's -shm are left out: nobody reads them afterwards.
 *   DISK_IMAGE  an empty folder, on the same machine
 *   DISK_LIES   1: syncs answer that they succeeded, and nothing reaches the image
 *   DISK_LEAK   a number: so many of 100 writes reach the image at once, as when the system writes pages back early
 *   DISK_SEED   what chance begins with
 *   DISK_TRACE  a file that is told what happens, a line each:
 *                 W name offset length commits marks...   a write; commits is 1 for the header of a commit's last frame
 *                 S name                                  a sync begins
 *                 D name                                  it is done
 *                 A marks...                              something is about to be sent through a socket
 *   DISK_MARK   how marks begin, which are looked for in what is written and sent; digits and dashes follow, and a dot
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

enum { FILES = 4096, MARK = 64 };

struct range {
    off_t offset;
    size_t length;
};

/* A file below the root. Its content as of its last sync is in DISK_IMAGE/content-ID. */
struct file {
    int used, id, content;
    dev_t device;
    ino_t inode;
    char name[256];
    struct range *unsynced;
    size_t count, room;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FILES];
static char root[PATH_MAX], image[PATH_MAX], tree[PATH_MAX];
static const char *mark;
static size_t root_length, mark_length;
static int is_on, lies, leak, trace = -1, next_id, kept; /* kept: how far `files` is used */
static unsigned long long chance = 88172645463325252ULL;

/* ---- the real calls, for ourselves ---- */

static ssize_t real_write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    return real(fd, bytes, count);
}

static ssize_t real_pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
    return real(fd, bytes, count, offset);
}

static int real_truncate(int fd, off_t length) {
    REAL(int, ftruncate64, int, off_t);
    return real(fd, length);
}

static int real_unlink(const char *path) {
    REAL(int, unlink, const char *);
    return real(path);
}

static int real_rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return real(from, to);
}

static void fail(const char *what) {
    dprintf(2, "disk: %s: %s\n", what, strerror(errno));
    _exit(99);
}

/* ---- the trace ---- */

static void tell(const char *format, ...) {
    char line[PATH_MAX];
    va_list arguments;
    if (trace < 0) return;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line) length = sizeof line - 1;
    real_write(trace, line, length);
}

/* Appends " mark" to `text` for each mark in the bytes, as far as there is room. */
static void find_marks(const void *bytes, size_t count, char *text, size_t room) {
    if (!mark_length) return;
    const char *position = bytes, *end = position + count;
    size_t used = strlen(text);
    while ((position = memmem(position, end - position, mark, mark_length))) {
        const char *stop = position + mark_length;
        while (stop < end && stop - position < MARK && ((*stop >= '0' && *stop <= '9') || *stop == '-')) stop++;
        size_t length = stop - position;
        if (stop == end || *stop != '.') { /* digits of something else may follow */
            position = stop;
            continue;
        }
        if (used + length + 3 > room) return;
        text[used++] = ' ';
        memcpy(text + used, position, length);
        used += length;
        text[used] = 0;
        position = stop;
    }
}

/* ---- files ---- */

static int is_kept(const char *name) {
    size_t length = strlen(name);
    const char *left_out[] = {"-shm", ".lock", " (deleted)"};
    for (size_t i = 0; i < 3; i++) {
        size_t ending = strlen(left_out[i]);
        if (length >= ending && !strcmp(name + length - ending, left_out[i])) return 0;
    }
    return 1;
}

/* The path below the root; NULL for what is elsewhere. */
static const char *below_root(const char *path) {
    if (strncmp(path, root, root_length) || (path[root_length] && path[root_length] != '/')) return NULL;
    return path[root_length] ? path + root_length + 1 : "";
}

static struct file *known(const struct stat *status) {
    for (int i = 0; i < kept; i++)
        if (files[i].used && files[i].inode == status->st_ino && files[i].device == status->st_dev) return &files[i];
    return NULL;
}

/* Begins to keep a file. What it holds already has survived until now, so it is in the image. */
static struct file *keep(const struct stat *status, const char *name, const char *path) {
    struct file *file = files;
    while (file < files + FILES && file->used) file++;
    if (file == files + FILES) fail("too many files");
    char content[PATH_MAX + 32];
    if (file - files >= kept) kept = file - files + 1;
    *file = (struct file){.used = 1, .id = next_id++, .device = status->st_dev, .inode = status->st_ino};
    snprintf(file->name, sizeof file->name, "%s", name);
    snprintf(content, sizeof content, "%s/content-%d", image, file->id);
    file->content = open(content, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file->content < 0) fail(content);
    int source = status->st_size > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    char buffer[1 << 16];
    off_t offset = 0;
    ssize_t count;
    while (source >= 0 && (count = pread(source, buffer, sizeof buffer, offset)) > 0) {
        real_pwrite(file->content, buffer, count, offset);
        offset += count;
    }
    if (source >= 0) close(source);
    return file;
}

static struct file *file_of(int fd) {
    struct stat status;
    if (!is_on || fstat(fd, &status) || !S_ISREG(status.st_mode)) return NULL;
    struct file *file = known(&status);
    if (file) return file;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    const char *name = below_root(path);
    return name && is_kept(name) ? keep(&status, name, path) : NULL;
}

static void forget(const struct stat *status) {
    struct file *file = known(status);
    if (!file || status->st_nlink > 1) return;
    close(file->content);
    free(file->unsynced);
    file->used = 0;
}

static int leaks(void) {
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return leak && (int)(chance % 100) < leak;
}

/* Before the write, so that a file that is new is known to be so. */
static struct file *before_write(int fd) {
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    pthread_mutex_unlock(&lock);
    return file;
}

static void after_write(struct file *file, const void *bytes, ssize_t count, off_t offset) {
    int reason = errno;
    if (!file || count <= 0) return;
    pthread_mutex_lock(&lock);
    if (file->count == file->room) {
        file->room = file->room ? 2 * file->room : 64;
        file->unsynced = realloc(file->unsynced, file->room * sizeof *file->unsynced);
        if (!file->unsynced) fail("memory");
    }
    file->unsynced[file->count++] = (struct range){offset, count};
    if (leaks()) real_pwrite(file->content, bytes, count, offset);
    if (trace >= 0) {
        const unsigned char *header = bytes;
        size_t length = strlen(file->name);
        int is_log = length > 4 && !strcmp(file->name + length - 4, "-wal");
        /* SQLite's file format, section 4.1: bytes 4 to 7 of a frame's header are 0 but for the last of a commit. */
        int commits = is_log && count == 24 && offset >= 32 && (header[4] | header[5] | header[6] | header[7]);
        char marks[2048] = "";
        find_marks(bytes, count, marks, sizeof marks);
        tell("W %s %lld %zd %d%s\n", file->name, (long long)offset, count, commits, marks);
    }
    pthread_mutex_unlock(&lock);
    errno = reason;
}

static void sync_content(struct file *file, int fd) {
    char buffer[1 << 16];
    struct stat status;
    for (size_t i = 0; i < file->count; i++) {
        struct range range = file->unsynced[i];
        while (range.length > 0) {
            size_t wanted = range.length < sizeof buffer ? range.length : sizeof buffer;
            /* Not by the descriptor that is synced: it may not be allowed to read. */
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            int source = open(link, O_RDONLY | O_CLOEXEC);
            ssize_t count = source < 0 ? -1 : pread(source, buffer, wanted, range.offset);
            if (source >= 0) close(source);
            if (count <= 0) break; /* cut off since */
            real_pwrite(file->content, buffer, count, range.offset);
            range.offset += count, range.length -= count;
        }
    }
    file->count = 0;
    if (!fstat(fd, &status)) real_truncate(file->content, status.st_size);
}

/* ---- folders ---- */

static int same_file(const char *one, const char *other) {
    struct stat a, b;
    return !stat(one, &a) && !stat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void sync_names(const char *path);

/* Makes an entry of the image's folder what the real one is. Never without either: a kill may come at any moment. */
static void sync_name(const char *path, const char *copy, const char *name) {
    struct stat status;
    if (lstat(path, &status)) return;
    if (S_ISDIR(status.st_mode)) {
        if (!mkdir(copy, 0700)) sync_names(path);
        return;
    }
    if (!S_ISREG(status.st_mode) || !is_kept(name)) return;
    struct file *file = known(&status);
    if (!file) file = keep(&status, below_root(path), path);
    snprintf(file->name, sizeof file->name, "%s", below_root(path));
    char content[PATH_MAX + 32], fresh[PATH_MAX + 32];
    snprintf(content, sizeof content, "%s/content-%d", image, file->id);
    if (same_file(content, copy)) return;
    snprintf(fresh, sizeof fresh, "%s/fresh", image);
    real_unlink(fresh);
    if (link(content, fresh) || real_rename(fresh, copy)) fail(copy);
}

static void sync_names(const char *path) {
    const char *name = below_root(path);
    char copy[2 * PATH_MAX + 2], one[2 * PATH_MAX + 300], other[3 * PATH_MAX + 300];
    snprintf(copy, sizeof copy, "%s/%s", tree, name);
    DIR *folder = opendir(path);
    struct dirent *entry;
    if (!folder) return;
    while ((entry = readdir(folder))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        snprintf(one, sizeof one, "%s/%s", path, entry->d_name);
        snprintf(other, sizeof other, "%s/%s", copy, entry->d_name);
        sync_name(one, other, entry->d_name);
    }
    closedir(folder);
    folder = opendir(copy);
    while (folder && (entry = readdir(folder))) {
        snprintf(one, sizeof one, "%s/%s", path, entry->d_name);
        snprintf(other, sizeof other, "%s/%s", copy, entry->d_name);
        if (access(one, F_OK) && real_unlink(other)) rmdir(other);
    }
    if (folder) closedir(folder);
}

static int synced(int fd, int (*real)(int)) {
    struct stat status;
    if (!is_on || fstat(fd, &status)) return real(fd);
    if (lies) return 0;
    char link[64], path[PATH_MAX];
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (file) tell("S %s\n", file->name);
    pthread_mutex_unlock(&lock);
    int result = real(fd);
    if (result) return result;
    pthread_mutex_lock(&lock);
    if (file) {
        sync_content(file, fd);
        tell("D %s\n", file->name);
    } else if (S_ISDIR(status.st_mode)) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length > 0 && (path[length] = 0, below_root(path))) sync_names(path);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("DISK_ROOT"), *target = getenv("DISK_IMAGE"), *text;
    if (!folder || !target || !realpath(folder, root)) return;
    root_length = strlen(root);
    snprintf(image, sizeof image, "%s", target);
    snprintf(tree, sizeof tree, "%.*s/tree", PATH_MAX - 8, image);
    mkdir(image, 0700);
    if (mkdir(tree, 0700)) fail(tree);
    lies = (text = getenv("DISK_LIES")) && *text == '1';
    leak = (text = getenv("DISK_LEAK")) ? atoi(text) : 0;
    if ((text = getenv("DISK_SEED"))) chance ^= strtoull(text, NULL, 10) * 0x9E3779B97F4A7C15ULL;
    mark = getenv("DISK_MARK");
    mark_length = mark ? strlen(mark) : 0;
    if ((text = getenv("DISK_TRACE"))) trace = open(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    sync_names(root);
    is_on = 1;
}

/* ---- the calls ---- */

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    struct file *file = before_write(fd);
    ssize_t written = real_pwrite(fd, bytes, count, offset);
    after_write(file, bytes, written, offset);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

static void sends(int fd, const struct iovec *pieces, int count) {
    struct stat status;
    if (trace < 0 || fstat(fd, &status) || !S_ISSOCK(status.st_mode)) return;
    char marks[2048] = "";
    for (int i = 0; i < count; i++) find_marks(pieces[i].iov_base, pieces[i].iov_len, marks, sizeof marks);
    if (!*marks) return;
    pthread_mutex_lock(&lock);
    tell("A%s\n", marks);
    pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    int reason = errno;
    struct iovec piece = {(void *)bytes, count};
    struct file *file = is_on ? before_write(fd) : NULL;
    off_t offset = file ? lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR) : 0;
    if (is_on && !file) sends(fd, &piece, 1);
    errno = reason;
    ssize_t written = real_write(fd, bytes, count);
    after_write(file, bytes, written, offset);
    return written;
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    if (is_on) sends(fd, pieces, count);
    return real(fd, pieces, count);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
    if (is_on) sends(fd, message->msg_iov, message->msg_iovlen);
    return real(fd, message, flags);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    REAL(ssize_t, send, int, const void *, size_t, int);
    struct iovec piece = {(void *)bytes, count};
    if (is_on) sends(fd, &piece, 1);
    return real(fd, bytes, count, flags);
}

int ftruncate64(int fd, off_t length) {
    struct file *file = before_write(fd);
    int result = real_truncate(fd, length);
    if (file && !result) {
        pthread_mutex_lock(&lock);
        if (leaks()) real_truncate(file->content, length);
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fsync(int fd) {
    REAL(int, fsync, int);
    return synced(fd, real);
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return synced(fd, real);
}

int unlink(const char *path) {
    struct stat status;
    int was_there = is_on && !lstat(path, &status);
    int result = real_unlink(path);
    if (!result && was_there) {
        pthread_mutex_lock(&lock);
        forget(&status);
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int rename(const char *from, const char *to) {
    struct stat status;
    int was_there = is_on && !lstat(to, &status);
    int result = real_rename(from, to);
    if (!result && was_there) {
        pthread_mutex_lock(&lock);
        forget(&status);
        pthread_mutex_unlock(&lock);
    }
    return result;
}
