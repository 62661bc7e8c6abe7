#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What one instance is started with: the texts of standard input, each ended by a NUL. Every pointer is borrowed
/// from it.
struct order {
    /// The instance's folder; the shim writes `shim`, `task` and `status` into it, and reads `stop` from it.
    const char *folder;
    const char *executable;
    /// Both end with NULL; the first argument is the program's name.
    char **arguments, **environment;
    /// Where the program starts; NULL for `/`.
    const char *directory;
    /// The user and groups to become; the shim's own where `changes_user` is false.
    bool changes_user;
    uid_t user;
    gid_t group;
    gid_t groups[64];
    size_t group_count;
    /// Files that take a process into its cgroups.
    const char *cgroups[8];
    size_t cgroup_count;
    /// The file that counts what was killed for lack of memory; NULL where nothing counts.
    const char *memory_events;
    const char *log;
    /// Bytes of one log file, and how many there are.
    uint64_t log_size;
    unsigned log_files;
    /// Milliseconds from SIGTERM to SIGKILL, where `stop` says nothing else.
    int64_t kill_timeout;
};

/// Reads standard input to its end. False where it is no order; the reason goes to standard error.
bool order_read(struct order *order);
/// Wipes and frees what was read: it holds secrets.
void order_forget(void);

/// Opens the log; what can't be written is lost, and the task goes on.
void log_open(const char *path, uint64_t size, unsigned files);
/// Takes what the task wrote to one of its two outputs; whole lines are written with their time.
void log_take(int output, const char *bytes, size_t count);
/// Writes what is left of the last lines.
void log_finish(void);

/// Milliseconds since the machine was started, its sleep counted.
int64_t now_milliseconds(void);
/// When a process began, in clock ticks since the machine was started; 0 where there is none.
unsigned long long start_time(pid_t pid);
/// Writes a file of the current folder whole or not at all. 0, or -1 with errno.
int write_whole(const char *name, const char *text);
/// How many processes were killed for lack of memory, as a cgroup's file tells.
long memory_kills(const char *path);

/// Becomes the task: never returns. A failure goes into `report` as its stage's letter and errno.
void become_task(const struct order *order, int output, int errors, int report, pid_t shim) __attribute__((noreturn));
/// Kills every process that descends from this one, as far as it is its child by now: what those leave behind is next.
void kill_children(void);
