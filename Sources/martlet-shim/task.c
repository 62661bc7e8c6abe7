#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t now_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static ssize_t read_small(const char *path, char *bytes, size_t room) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t count = read(file, bytes, room - 1);
    close(file);
    if (count >= 0) bytes[count] = 0;
    return count;
}

unsigned long long start_time(pid_t pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_small(path, text, sizeof text) <= 0) return 0;
    // The name may hold spaces and brackets; the start is the twentieth field after it.
    char *field = strrchr(text, ')');
    for (int number = 0; field && number < 20; number++) field = strchr(field + 1, ' ');
    return field ? strtoull(field + 1, NULL, 10) : 0;
}

long memory_kills(const char *path) {
    char text[1024];
    if (!path || read_small(path, text, sizeof text) <= 0) return 0;
    char *count = strstr(text, "oom_kill ");
    return count ? strtol(count + strlen("oom_kill "), NULL, 10) : 0;
}

int write_whole(const char *name, const char *text) {
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".%s", name);
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    size_t length = strlen(text);
    bool is_whole = write(file, text, length) == (ssize_t)length;
    if (close(file) < 0 || !is_whole) return -1;
    return rename(temporary, name);
}

void kill_children(void) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    if (read_small(path, text, sizeof text) <= 0) return;
    char *rest = text, *end;
    for (long pid; (pid = strtol(rest, &end, 10)) > 0 && *end; rest = end) kill((pid_t)pid, SIGKILL);
}

static bool drop_privileges(const struct order *order) {
    if (!order->changes_user) return true;
    return setgroups(order->group_count, order->groups) == 0
        && setresgid(order->group, order->group, order->group) == 0
        && setresuid(order->user, order->user, order->user) == 0;
}

static bool join_cgroups(const struct order *order) {
    for (size_t index = 0; index < order->cgroup_count; index++) {
        int file = open(order->cgroups[index], O_WRONLY | O_CLOEXEC);
        if (file < 0 || write(file, "0", 1) != 1) return false;
        close(file);
    }
    return true;
}

/// The controller's own is high; programs that ask by `select` or close all they may have expect the usual one.
static void reset_limits(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 1024) return;
    limit.rlim_cur = 1024;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void become_task(const struct order *order, int output, int errors, int report, pid_t shim) {
    char stage = 's';
    if (setsid() < 0) goto failed;
    stage = 'c';
    if (!join_cgroups(order)) goto failed;
    stage = 'u';
    if (!drop_privileges(order)) goto failed;
    stage = 's';
    // After the user has changed, which would clear it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) goto failed;
    if (getppid() != shim) _exit(127);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) goto failed;
    umask(022);
    reset_limits();
    reset_signals();
    stage = 'd';
    if (chdir(order->directory ? order->directory : "/") < 0) goto failed;
    stage = 'x';
    execve(order->executable, order->arguments, order->environment);
failed:;
    char text[32];
    int length = snprintf(text, sizeof text, "%c %d", stage, errno);
    if (write(report, text, (size_t)length) < 0) _exit(126);
    _exit(127);
}
