#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { most_bytes = 8 << 20 };

static char *text;
static size_t text_length;

static bool refuse(const char *why) {
    fprintf(stderr, "martlet-shim: %s\n", why);
    return false;
}

/// A mapping of its own, so that it goes back to the system whole.
static bool read_input(void) {
    text = mmap(NULL, most_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED) return refuse("no memory");
    while (text_length < most_bytes) {
        ssize_t count = read(0, text + text_length, most_bytes - text_length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse("standard input can't be read");
        if (count == 0) break;
        text_length += (size_t)count;
    }
    if (text_length == most_bytes) return refuse("the order is too long");
    return text_length > 0 && text[text_length - 1] == 0 ? true : refuse("the order has no end");
}

static const char *after(const char *item, const char *key) {
    size_t length = strlen(key);
    return strncmp(item, key, length) == 0 && item[length] == '=' ? item + length + 1 : NULL;
}

static void take(struct order *order, const char *item, size_t *arguments, size_t *variables) {
    const char *value;
    if ((value = after(item, "arg"))) order->arguments[(*arguments)++] = (char *)value;
    else if ((value = after(item, "env"))) order->environment[(*variables)++] = (char *)value;
    else if ((value = after(item, "folder"))) order->folder = value;
    else if ((value = after(item, "exec"))) order->executable = value;
    else if ((value = after(item, "cwd"))) order->directory = value;
    else if ((value = after(item, "log"))) order->log = value;
    else if ((value = after(item, "log-size"))) order->log_size = strtoull(value, NULL, 10);
    else if ((value = after(item, "log-files"))) order->log_files = (unsigned)strtoul(value, NULL, 10);
    else if ((value = after(item, "kill-timeout"))) order->kill_timeout = strtoll(value, NULL, 10);
    else if ((value = after(item, "memory-events"))) order->memory_events = value;
    else if ((value = after(item, "uid"))) {
        order->changes_user = true;
        order->user = (uid_t)strtoul(value, NULL, 10);
    } else if ((value = after(item, "gid"))) order->group = (gid_t)strtoul(value, NULL, 10);
    else if ((value = after(item, "group")) && order->group_count < 64)
        order->groups[order->group_count++] = (gid_t)strtoul(value, NULL, 10);
    else if ((value = after(item, "cgroup")) && order->cgroup_count < 8)
        order->cgroups[order->cgroup_count++] = value;
}

bool order_read(struct order *order) {
    *order = (struct order){.log_size = 10 << 20, .log_files = 5, .kill_timeout = 5000};
    if (!read_input()) return false;
    if (strcmp(text, "martlet-shim 1") != 0) return refuse("the order is of another version");
    size_t items = 0;
    for (size_t index = 0; index < text_length; index++) items += text[index] == 0;
    order->arguments = calloc(items + 1, sizeof(char *));
    order->environment = calloc(items + 1, sizeof(char *));
    if (!order->arguments || !order->environment) return refuse("no memory");
    size_t arguments = 0, variables = 0;
    for (const char *item = text; item < text + text_length; item += strlen(item) + 1)
        take(order, item, &arguments, &variables);
    if (!order->folder || !order->executable || arguments == 0) return refuse("the order is not whole");
    return true;
}

void order_forget(void) {
    explicit_bzero(text, text_length);
    munmap(text, most_bytes);
}
