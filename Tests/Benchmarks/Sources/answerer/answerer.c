// An HTTP server on many ports of this machine, which answers 200 to everything: what checks are measured against.
// usage: answerer COUNT FILE    writes its ports into FILE, a line each, and serves until it is killed

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 1 << 16, EVENTS = 256 };

static char is_listener[MOST_DESCRIPTORS];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void follow(int queue, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

static int listen_somewhere(int queue) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || listener >= MOST_DESCRIPTORS) fail("socket");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(listener, 16) != 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
    is_listener[listener] = 1;
    follow(queue, listener);
    return ntohs(address.sin_port);
}

// A request here is as small as one piece of what is read.
static void serve(int queue, int descriptor) {
    static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    char request[4096];
    if (is_listener[descriptor]) {
        int connection = accept(descriptor, NULL, NULL);
        if (connection >= 0) follow(queue, connection);
    } else if (read(descriptor, request, sizeof request) <= 0) {
        close(descriptor);
    } else {
        send(descriptor, answer, sizeof answer - 1, MSG_NOSIGNAL);
    }
}

int main(int count, char **arguments) {
    int ports = count == 3 ? atoi(arguments[1]) : 0;
    if (ports < 1) {
        fprintf(stderr, "usage: answerer COUNT FILE\n");
        return 64;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    char unfinished[4096];
    snprintf(unfinished, sizeof unfinished, "%s.unfinished", arguments[2]);
    FILE *file = fopen(unfinished, "w");
    if (!file) fail(unfinished);
    int queue = epoll_create1(0);
    for (int index = 0; index < ports; index++) fprintf(file, "%d\n", listen_somewhere(queue));
    if (fclose(file) != 0 || rename(unfinished, arguments[2]) != 0) fail(arguments[2]);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(queue, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) serve(queue, events[index].data.fd);
    }
}
