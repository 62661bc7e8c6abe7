#define _GNU_SOURCE
#include "CChildProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// Handlers point into the parent's memory, which the child shares until it has executed: none may run.
static void reset_signals(void) {
    // The kernel's own structure, all zero, is the default; the C library won't touch its own two signals.
    unsigned long plain[8] = {0};
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, plain, NULL, NSIG / 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(int first) {
    if (syscall(SYS_close_range, first, UINT_MAX, 0) == 0) return;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = 65536;
    for (rlim_t descriptor = first; descriptor < limit.rlim_cur; descriptor++) close((int)descriptor);
}

/// Moves `report` as well, which stays open until the program is executed.
static int place_descriptors(const struct child_start *start, int *report) {
    const int given[4] = {start->input, start->output, start->errors, *report};
    int safe[4];
    for (int target = 0; target < 4; target++) {
        safe[target] = fcntl(given[target], F_DUPFD_CLOEXEC, 4);
        if (safe[target] < 0) return -1;
    }
    *report = safe[3];
    for (int target = 0; target < 3; target++)
        if (dup2(safe[target], target) < 0) return -1;
    if (dup3(safe[3], 3, O_CLOEXEC) < 0) return -1;
    *report = 3;
    close_from(4);
    return 0;
}

/// Runs in the child, on the parent's memory: only calls that are safe in a signal handler. What fails goes into
/// `report`.
__attribute__((noinline)) static void become(const struct child_start *start, pid_t parent, int report) {
    struct child_started result = {.pid = -1, .stage = child_forked};
    if ((start->new_session ? setsid() : setpgid(0, 0)) < 0) goto failed;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) goto failed;
    if (getppid() != parent) _exit(127);
    if (place_descriptors(start, &report) < 0) goto failed;
    result.stage = child_prepared;
    if (start->folder && chdir(start->folder) < 0) goto failed;
    result.stage = child_entered_folder;
    reset_signals();
    execve(start->executable, start->arguments, start->environment);
failed:
    result.error = errno;
    if (write(report, &result, sizeof result) < 0) _exit(126);
    _exit(127);
}

struct child_started child_spawn(const struct child_start *start) {
    struct child_started result = {.pid = -1, .stage = child_forked};
    pid_t parent = getpid();
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) {
        result.error = errno;
        return result;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // Copies no page tables (a controller may be large). Under the thread sanitizer it is a fork, which neither shares
    // memory nor waits for the child: the report does both.
    pid_t pid = vfork();
    if (pid == 0) become(start, parent, report[1]);
    int error = errno;
    close(report[1]);
    ssize_t count = pid < 0 ? 0 : read(report[0], &result, sizeof result);
    close(report[0]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        result.error = error;
    } else if (count > 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    } else {
        result.pid = pid;
        result.stage = child_executed;
    }
    return result;
}

int child_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

int child_descriptor(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

void child_signal(int descriptor, int number) { syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0); }

int child_ended(int descriptor, int reap, int *kind, int *code) {
    siginfo_t information;
    int options = WEXITED | WNOHANG | (reap ? 0 : WNOWAIT);
    memset(&information, 0, sizeof information);
    while (waitid(P_PIDFD, descriptor, &information, options) < 0)
        if (errno != EINTR) return -1;
    if (information.si_pid == 0) return 0;
    *kind = information.si_code;
    *code = information.si_status;
    return 1;
}

int child_input(const void *bytes, size_t count) {
    int descriptor = memfd_create("input", MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    for (size_t done = 0; done < count;) {
        ssize_t written = write(descriptor, (const char *)bytes + done, count - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            int error = errno;
            close(descriptor);
            errno = error;
            return -1;
        }
        done += (size_t)written;
    }
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

int readiness_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int readiness_add(int set, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = token};
    return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

void readiness_remove(int set, int descriptor) { epoll_ctl(set, EPOLL_CTL_DEL, descriptor, NULL); }

uint64_t readiness_next(int set) {
    struct epoll_event event;
    while (epoll_wait(set, &event, 1, -1) != 1) {}
    return event.data.u64;
}
