// One instance's shim: starts its program, keeps its log, and holds its exit status, whether a controller is there
// or not. It takes its order from standard input, leaves the caller's session, and prints its process id and start
// time once the program runs, or why it does not.
//
// In the instance's folder: `lock` is held while it lives, `shim` and `task` say who they are ("1 PID START"),
// `status` how the program ended ("exited 3", "signal 9", "signal 9 oom", "failed x 2"). SIGTERM asks it to stop the
// program: SIGTERM to its group, and SIGKILL to all that is left after as many milliseconds as `stop` says.
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct order order;
static pid_t task;
static int outputs[2] = {-1, -1};
static bool has_ended;
static int ending;
/// When all that is left is killed; 0 where nobody asked for an end.
static int64_t deadline;
static long kills_before;

/// Tells the launcher, who is still there, and nobody afterwards.
static void say(int report, const char *text) {
    if (write(report, text, strlen(text)) < 0) return;
    close(report);
}

static bool write_identity(const char *name, pid_t pid) {
    char text[64];
    snprintf(text, sizeof text, "1 %d %llu\n", (int)pid, start_time(pid));
    return write_whole(name, text) == 0;
}

/// The file that the ending goes into, with its room taken: a disk that is full by then costs nothing.
static int reserve_ending(void) {
    static const char room[64] = "unknown";
    int file = open(".status", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0 && write(file, room, sizeof room) == sizeof room) return file;
    if (file >= 0) close(file);
    return -1;
}

static void write_ending(int reserved) {
    char text[64];
    const char *memory = memory_kills(order.memory_events) > kills_before ? " oom" : "";
    if (WIFEXITED(ending)) snprintf(text, sizeof text, "exited %d%s\n", WEXITSTATUS(ending), memory);
    else snprintf(text, sizeof text, "signal %d%s\n", WTERMSIG(ending), memory);
    ssize_t length = (ssize_t)strlen(text);
    if (pwrite(reserved, text, (size_t)length, 0) == length && ftruncate(reserved, length) == 0)
        rename(".status", "status");
}

static bool open_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/// Whether the program runs; where not, `status` says why.
static bool start_task(int report) {
    int output[2], errors[2], started[2];
    if (!open_pipe(output) || !open_pipe(errors) || pipe2(started, O_CLOEXEC) < 0) {
        say(report, "failed s 24");
        return false;
    }
    pid_t shim = getpid();
    task = fork();
    if (task == 0) become_task(&order, output[1], errors[1], started[1], shim);
    close(output[1]);
    close(errors[1]);
    close(started[1]);
    (outputs[0] = output[0], outputs[1] = errors[0]);
    char why[32] = "s 11";
    ssize_t count = task < 0 ? 4 : read(started[0], why, sizeof why - 1);
    close(started[0]);
    if (count <= 0) return true;
    why[count] = 0;
    char text[64];
    snprintf(text, sizeof text, "failed %s", why);
    write_whole("status", text);
    say(report, text);
    return false;
}

static int64_t stop_timeout(void) {
    char text[32];
    int file = open("stop", O_RDONLY | O_CLOEXEC);
    if (file < 0) return order.kill_timeout;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return order.kill_timeout;
    text[count] = 0;
    return strtoll(text, NULL, 10);
}

static void begin_stop(void) {
    int64_t limit = now_milliseconds() + stop_timeout();
    if (deadline == 0 || limit < deadline) deadline = limit > 0 ? limit : 1;
    if (!has_ended) kill(-task, SIGTERM);
}

/// Whether anything is left: children, and what they left behind, are this process's own. Until the program is reaped
/// its id is its group's; afterwards it may become anybody's.
static bool reap(void) {
    int status;
    pid_t pid;
    siginfo_t end = {0};
    if (!has_ended && deadline == 0 && waitid(P_PID, (id_t)task, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == task)
        kill(-task, SIGKILL);
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == task) (has_ended = true, ending = status);
    return !(pid < 0 && errno == ECHILD);
}

/// Takes one piece; the other output and the signals have their turn as well. False where there is none.
static bool take_output(int output) {
    static char bytes[64 << 10];
    ssize_t count = read(outputs[output], bytes, sizeof bytes);
    if (count > 0) log_take(output, bytes, (size_t)count);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close(outputs[output]);
        outputs[output] = -1;
    }
    return count > 0;
}

/// Milliseconds until something is due; -1 for none.
static int patience(void) {
    if (has_ended && deadline == 0) return 20;
    if (deadline == 0) return -1;
    int64_t left = deadline - now_milliseconds();
    return left > 0 ? (left < 60000 ? (int)left : 60000) : 20;
}

static void keep(int signals) {
    while (true) {
        struct pollfd set[3] = {
            {.fd = signals, .events = POLLIN}, {.fd = outputs[0], .events = POLLIN}, {.fd = outputs[1], .events = POLLIN}};
        poll(set, 3, patience());
        struct signalfd_siginfo information;
        while (read(signals, &information, sizeof information) == sizeof information)
            if (information.ssi_signo == SIGTERM) begin_stop();
        for (int output = 0; output < 2; output++)
            if (outputs[output] >= 0 && set[output + 1].revents) take_output(output);
        bool is_anything_left = reap();
        if (has_ended && !is_anything_left) return;
        if ((has_ended && deadline == 0) || (deadline != 0 && now_milliseconds() >= deadline)) {
            if (!has_ended) kill(-task, SIGKILL);
            kill_children();
        }
    }
}

static int open_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/// False where another shim keeps the instance, or a controller is taking it away: it holds the same lock while it
/// takes the folder away.
static bool take_lock(void) {
    struct stat held, named;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/lock", order.folder) >= (int)sizeof path) return false;
    int lock = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0 && fstat(lock, &held) == 0 && stat(path, &named) == 0
        && held.st_ino == named.st_ino;
}

/// The kept process, in a session of its own.
static int live(int report) {
    int signals = open_signals();
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (signals < 0 || nothing < 0 || setsid() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0
        || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || chdir(order.folder) < 0) {
        say(report, "failed s 1");
        return 1;
    }
    if (!take_lock()) {
        say(report, "failed l 11");
        return 1;
    }
    for (int number = 0; number < 3; number++) dup2(nothing, number);
    int reserved = reserve_ending();
    if (reserved < 0 || !write_identity("shim", getpid())) {
        char why[32];
        snprintf(why, sizeof why, "failed s %d", errno);
        say(report, why);
        return 1;
    }
    kills_before = memory_kills(order.memory_events);
    if (!start_task(report)) return 1;
    write_identity("task", task);
    char text[64];
    snprintf(text, sizeof text, "started %d %llu", (int)getpid(), start_time(getpid()));
    say(report, text);
    log_open(order.log, order.log_size, order.log_files);
    const char *events = order.memory_events ? strdup(order.memory_events) : NULL;
    order_forget();
    order.memory_events = events;
    keep(signals);
    for (int output = 0; output < 2; output++)
        while (outputs[output] >= 0 && take_output(output)) {}
    log_finish();
    write_ending(reserved);
    return 0;
}

int main(void) {
    if (!order_read(&order)) return 2;
    umask(077);
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return 2;
    pid_t kept = fork();
    if (kept < 0) return 2;
    if (kept == 0) {
        close(report[0]);
        return live(report[1]);
    }
    close(report[1]);
    char text[64];
    ssize_t count = read(report[0], text, sizeof text);
    if (count <= 0) return 2;
    return write(1, text, (size_t)count) == count ? 0 : 2;
}
