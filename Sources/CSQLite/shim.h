#pragma once
#include <sqlite3.h>

// Swift cannot call what takes a variable number of arguments.

/// SQLite does not count the memory that it uses: https://www.sqlite.org/c3ref/c_config_covering_index_scan.html
static inline int sluice_sqlite3_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
