#define _GNU_SOURCE
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { longest_line = 8192, stamp_length = 27 };

static char path[4096];
static int file = -1;
static uint64_t written, size;
static unsigned files;

/// What has come of the line that is not ended yet, one for each output.
static struct {
    char bytes[longest_line];
    size_t count;
} lines[2];

/// Gathered, so that many lines are one write.
static char gathered[32 << 10];
static size_t gathered_count;

static void open_file(void) {
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    struct stat status;
    written = file >= 0 && fstat(file, &status) == 0 ? (uint64_t)status.st_size : 0;
}

void log_open(const char *name, uint64_t bytes, unsigned count) {
    if (!name || strlen(name) > sizeof path - 16) return;
    strcpy(path, name);
    (size = bytes, files = count);
    open_file();
}

static void rotate(void) {
    char from[4112], to[4112];
    close(file);
    for (unsigned number = files; number-- > 1;) {
        snprintf(to, sizeof to, "%s.%u", path, number);
        if (number > 1) snprintf(from, sizeof from, "%s.%u", path, number - 1);
        else snprintf(from, sizeof from, "%s", path);
        rename(from, to);
    }
    if (files <= 1) unlink(path);
    open_file();
}

static void flush(void) {
    if (file < 0 && path[0]) open_file();
    if (file >= 0) {
        // A full disk costs lines, never the task; half a line would spoil the next one.
        ssize_t count = write(file, gathered, gathered_count);
        if (count == (ssize_t)gathered_count) written += gathered_count;
        else if (count > 0 && ftruncate(file, (off_t)written) < 0) written += (uint64_t)count;
    }
    gathered_count = 0;
}

/// `2026-11-24T03:16:18.123Z o `, the letter telling output from errors.
static void stamp(char *text, int output) {
    static time_t known = -1;
    static char seconds[32];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != known) {
        struct tm parts;
        gmtime_r(&now.tv_sec, &parts);
        strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
        known = now.tv_sec;
    }
    memcpy(text, seconds, 19);
    unsigned thousandths = (unsigned)(now.tv_nsec / 1000000);
    char rest[] = {'.', (char)('0' + thousandths / 100), (char)('0' + thousandths / 10 % 10),
                   (char)('0' + thousandths % 10), 'Z', ' ', output == 0 ? 'o' : 'e', ' '};
    memcpy(text + 19, rest, sizeof rest);
}

static void write_line(int output, const char *bytes, size_t count) {
    size_t length = stamp_length + count + 1;
    bool is_full = written + gathered_count > 0 && written + gathered_count + length > size;
    if (is_full || gathered_count + length > sizeof gathered) flush();
    if (is_full) rotate();
    stamp(gathered + gathered_count, output);
    memcpy(gathered + gathered_count + stamp_length, bytes, count);
    gathered_count += stamp_length + count;
    gathered[gathered_count++] = '\n';
}

void log_take(int output, const char *bytes, size_t count) {
    while (count > 0) {
        const char *end = memchr(bytes, '\n', count);
        size_t length = end ? (size_t)(end - bytes) : count;
        size_t room = longest_line - lines[output].count, part = length < room ? length : room;
        memcpy(lines[output].bytes + lines[output].count, bytes, part);
        lines[output].count += part;
        bytes += part;
        count -= part;
        bool is_ended = end && part == length;
        if (!is_ended && lines[output].count < longest_line) continue;
        write_line(output, lines[output].bytes, lines[output].count);
        lines[output].count = 0;
        if (is_ended) (bytes++, count--);
    }
    flush();
}

void log_finish(void) {
    for (int output = 0; output < 2; output++)
        if (lines[output].count > 0) write_line(output, lines[output].bytes, lines[output].count);
    if (gathered_count > 0) flush();
}
