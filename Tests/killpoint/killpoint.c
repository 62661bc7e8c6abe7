// Loaded before libc into a controller that a test runs: kills its process with SIGKILL before or after a counted call
// that lasts (what is written, made, renamed, removed, synced or signalled). The file that KILL_POINT names holds an
// int of this machine: how many more points are passed; 0 or less lets it live. The test may write it at any time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static int *left;
static pid_t process;

// Its children are nobody's business here.
__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("KILL_POINT");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    unsetenv("LD_PRELOAD");
    unsetenv("KILL_POINT");
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    process = getpid();
    if (shared != MAP_FAILED) left = shared;
}

static void pass(void) {
    // Between vfork and exec a child shares this memory.
    if (!left || __atomic_load_n(left, __ATOMIC_SEQ_CST) <= 0 || syscall(SYS_getpid) != process) return;
    if (__atomic_sub_fetch(left, 1, __ATOMIC_SEQ_CST) != 0) return;
    syscall(SYS_kill, process, SIGKILL);
    for (;;) pause();
}

static int lasts(int file) {
    struct stat status;
    int code = errno;
    int answer = left && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    errno = code;
    return answer;
}

#define COUNTED(type, name, parameters, arguments, counts)                 \
    type name parameters {                                                 \
        static type(*next) parameters;                                     \
        if (!next) next = (type(*) parameters)dlsym(RTLD_NEXT, #name);     \
        int isCounted = (counts);                                          \
        if (isCounted) pass();                                             \
        type result = next arguments;                                      \
        int code = errno;                                                  \
        if (isCounted) pass();                                             \
        errno = code;                                                      \
        return result;                                                     \
    }

COUNTED(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count), lasts(file))
COUNTED(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at), 1)
COUNTED(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at), 1)
COUNTED(int, ftruncate, (int file, off_t size), (file, size), 1)
COUNTED(int, ftruncate64, (int file, off64_t size), (file, size), 1)
COUNTED(int, fsync, (int file), (file), 1)
COUNTED(int, fdatasync, (int file), (file), 1)
COUNTED(int, fchmod, (int file, mode_t mode), (file, mode), 1)
COUNTED(int, fsetxattr, (int file, const char *name, const void *bytes, size_t count, int flags),
        (file, name, bytes, count, flags), 1)
COUNTED(int, rename, (const char *from, const char *to), (from, to), 1)
COUNTED(int, renameat, (int one, const char *from, int other, const char *to), (one, from, other, to), 1)
COUNTED(int, renameat2, (int one, const char *from, int other, const char *to, unsigned flags),
        (one, from, other, to, flags), 1)
COUNTED(int, link, (const char *from, const char *to), (from, to), 1)
COUNTED(int, linkat, (int one, const char *from, int other, const char *to, int flags),
        (one, from, other, to, flags), 1)
COUNTED(int, symlinkat, (const char *target, int folder, const char *name), (target, folder, name), 1)
COUNTED(int, unlink, (const char *path), (path), 1)
COUNTED(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags), 1)
COUNTED(int, rmdir, (const char *path), (path), 1)
COUNTED(int, mkdir, (const char *path, mode_t mode), (path, mode), 1)
COUNTED(int, mkdirat, (int folder, const char *name, mode_t mode), (folder, name, mode), 1)
COUNTED(int, kill, (pid_t other, int number), (other, number), 1)
