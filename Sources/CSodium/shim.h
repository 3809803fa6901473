#pragma once
#include <sodium.h>

// A GNU extension, which Swift's Glibc module leaves out.
int syncfs(int descriptor);
