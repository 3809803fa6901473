/* Prints COUNT numbered lines of 80 bytes as fast as it can, and ends. LINE N of them is, for instance,
 *
 *     0000000042 the quick brown fox jumps over the lazy dog, and nobody says a word.
 *
 * The child of the log benchmark. Linked statically; it writes 64 KiB at a time, as stdio does into a large buffer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 80, DIGITS = 10, BUFFERED = 64 * 1024 / LINE };

static const char words[] = " the quick brown fox jumps over the lazy dog, and nobody says a word.";
_Static_assert(DIGITS + sizeof words == LINE, "number, words and the end of the line");

static void number(char *digits, uint64_t value) {
    for (int i = DIGITS - 1; i >= 0; i--, value /= 10) digits[i] = '0' + value % 10;
}

static int flush(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written < 0) return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int main(int argc, char **argv) {
    static char buffer[BUFFERED * LINE];
    uint64_t count = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (count == 0) return fputs("usage: lines COUNT\n", stderr), 2;
    for (size_t i = 0; i < BUFFERED; i++) {
        memcpy(buffer + i * LINE + DIGITS, words, sizeof words - 1);
        buffer[i * LINE + LINE - 1] = '\n';
    }
    for (uint64_t done = 0; done < count;) {
        size_t lines = count - done < BUFFERED ? (size_t)(count - done) : BUFFERED;
        for (size_t i = 0; i < lines; i++) number(buffer + i * LINE, done + i + 1);
        if (flush(buffer, lines * LINE) != 0) return perror("lines"), 1;
        done += lines;
    }
    return 0;
}
