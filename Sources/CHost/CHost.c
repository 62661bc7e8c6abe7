#define _GNU_SOURCE
#include "CHost.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>

const int chost_o_path = O_PATH;
const int chost_at_empty_path = AT_EMPTY_PATH;

int chost_rename_new(int directory, const char *from, const char *to) {
    return renameat2(directory, from, directory, to, RENAME_NOREPLACE);
}
int chost_set_mark(int descriptor, const void *bytes, size_t count) {
    return fsetxattr(descriptor, "user.martlet", bytes, count, 0);
}
ssize_t chost_get_mark(int descriptor, void *bytes, size_t capacity) {
    return fgetxattr(descriptor, "user.martlet", bytes, capacity);
}
