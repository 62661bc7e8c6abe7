#pragma once
#include <stdint.h>
#include <sys/types.h>

/// What a child starts with. Every pointer is borrowed for the call.
struct child_start {
    const char *executable;
    /// Both end with NULL; the first argument is the program's name.
    char *const *arguments, *const *environment;
    /// NULL: the parent's.
    const char *folder;
    /// Become the child's 0, 1 and 2; nothing else stays open.
    int input, output, errors;
    /// A session of its own, or else a process group of its own.
    int new_session;
};

enum child_stage { child_forked, child_prepared, child_entered_folder, child_executed };

/// A process, or an errno with the last stage that was reached.
struct child_started {
    pid_t pid;
    int error;
    enum child_stage stage;
};

/// Starts a process that is killed when the calling *thread* ends: call it from one that lives.
struct child_started child_spawn(const struct child_start *start);

/// A pipe whose reading end doesn't block: that end, then the writing one. 0, or -1 with errno.
int child_pipe(int ends[2]);

/// A descriptor that becomes readable when the process has ended; -1 with errno.
int child_descriptor(pid_t pid);

/// Sends a signal to the process of a descriptor, if it is still there.
void child_signal(int descriptor, int number);

/// Whether the process has ended: 1 with its wait status (`CLD_EXITED` and so on, and the code), 0 not yet,
/// -1 with errno. Unless `reap` is set its id stays taken.
int child_ended(int descriptor, int reap, int *kind, int *code);

/// A file in memory, rewound, that holds `count` bytes; -1 with errno.
int child_input(const void *bytes, size_t count);

/// A set of descriptors that are waited for; -1 with errno.
int readiness_create(void);

/// Has `token` come out of `readiness_next` once, when the descriptor can be read or has ended. 0, or -1 with errno.
int readiness_add(int set, int descriptor, uint64_t token);
void readiness_remove(int set, int descriptor);

/// Waits for the next token.
uint64_t readiness_next(int set);
