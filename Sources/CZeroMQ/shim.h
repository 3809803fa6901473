#pragma once
#include <pthread.h>
#include <sys/eventfd.h>
#include <zmq.h>

// A GNU extension that Swift's Glibc module does not show.
extern int pthread_setname_np(pthread_t thread, const char *name);
