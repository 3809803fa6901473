/* Writes the time at which it starts (CLOCK_MONOTONIC, nanoseconds, 8 bytes) to the pipe that it is given, and ends.
 *
 * The child of the latency benchmark. Linked statically: between exec and the clock is nothing but the kernel.
 */
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    int pipe = argc == 2 ? open(argv[1], O_WRONLY) : -1;
    return write(pipe, &nanoseconds, sizeof nanoseconds) == sizeof nanoseconds ? 0 : 1;
}
