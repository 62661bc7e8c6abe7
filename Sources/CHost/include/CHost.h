// What Linux has and Swift's Glibc module does not show.
#pragma once
#include <sys/types.h>

/// O_PATH: a descriptor that names a place, for which search permission on the way there is enough.
extern const int chost_o_path;
/// AT_EMPTY_PATH: the descriptor itself.
extern const int chost_at_empty_path;

/// Renames inside one directory, and fails with EEXIST where the new name is taken.
int chost_rename_new(int directory, const char *from, const char *to);
/// Sets the extended attribute `user.martlet`.
int chost_set_mark(int descriptor, const void *bytes, size_t count);
/// Reads the extended attribute `user.martlet`; its length, or -1 with errno.
ssize_t chost_get_mark(int descriptor, void *bytes, size_t capacity);
