// AWS's parameter store in memory, as much of it as `aws_ssm_parameter` without tags asks for: a back end that is never
// the limit. It takes names and values without escapes, one process at a time makes its parameters, and nothing is signed.
// usage: parameters FILE    writes its port into FILE, and serves until it is killed

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 4096, MOST_PARAMETERS = 1 << 14, SLOTS = 1 << 16, LARGEST = 1 << 14, EVENTS = 64 };

struct text {
    const char *bytes;
    size_t count;
};
struct connection {
    size_t count;
    char bytes[LARGEST];
};
struct parameter {
    char *name, *value;
};

static struct connection *connections[MOST_CONNECTIONS];
static struct parameter parameters[MOST_PARAMETERS];
static int slots[SLOTS], count_of_parameters;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// The slot of a name, or the empty one where it belongs; a slot holds 1 more than its parameter's place.
static int *slot(struct text name) {
    unsigned hash = 2166136261u;
    for (size_t index = 0; index < name.count; index++) hash = (hash ^ (unsigned char)name.bytes[index]) * 16777619u;
    for (unsigned place = hash % SLOTS;; place = (place + 1) % SLOTS) {
        const char *known = slots[place] ? parameters[slots[place] - 1].name : NULL;
        if (!known || (strlen(known) == name.count && memcmp(known, name.bytes, name.count) == 0)) return &slots[place];
    }
}

static struct parameter *find(struct text name) {
    int place = *slot(name);
    return place && parameters[place - 1].value ? &parameters[place - 1] : NULL;
}

static void put(struct text name, struct text value) {
    int *place = slot(name);
    if (!*place) {
        if (count_of_parameters == MOST_PARAMETERS) fail("too many parameters");
        parameters[count_of_parameters].name = strndup(name.bytes, name.count);
        *place = ++count_of_parameters;
    }
    free(parameters[*place - 1].value);
    parameters[*place - 1].value = strndup(value.bytes, value.count);
}

// The text after `"KEY":` in a JSON body, in quotes or in a list's; empty where there is none.
static struct text field(const char *body, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *start = strstr(body, quoted);
    if (!start) return (struct text){"", 0};
    start += strlen(quoted);
    start += strspn(start, " [");
    if (*start++ != '"') return (struct text){"", 0};
    return (struct text){start, strcspn(start, "\"")};
}

static const char *described =
    "\"Name\":\"%s\",\"Type\":\"String\",\"DataType\":\"text\",\"Version\":1,\"LastModifiedDate\":1700000000,"
    "\"ARN\":\"arn:aws:ssm:eu-west-1:123456789012:parameter%s\"";

// The answer's status; its body goes to `answer`.
static int respond(const char *action, const char *body, char *answer, size_t size) {
    char fields[2 * LARGEST];
    int lists = strcmp(action, "DescribeParameters") == 0;
    struct text name = field(body, lists ? "Values" : "Name");
    struct parameter *found = find(name);
    if (found) snprintf(fields, sizeof fields, described, found->name, found->name);
    if (strcmp(action, "PutParameter") == 0) {
        put(name, field(body, "Value"));
        snprintf(answer, size, "{\"Tier\":\"Standard\",\"Version\":1}");
    } else if (strcmp(action, "GetParameter") == 0 && found) {
        snprintf(answer, size, "{\"Parameter\":{%s,\"Value\":\"%s\"}}", fields, found->value);
    } else if (lists) {
        snprintf(answer, size, "{\"Parameters\":[%s%s%s]}", found ? "{" : "", found ? fields : "",
                 found ? ",\"Tier\":\"Standard\"}" : "");
    } else if (strcmp(action, "ListTagsForResource") == 0) {
        snprintf(answer, size, "{\"TagList\":[]}");
    } else {
        int isKnown = strcmp(action, "GetParameter") == 0;
        snprintf(answer, size, "{\"__type\":\"%s\"}", isKnown ? "ParameterNotFound" : "UnknownOperationException");
        return 400;
    }
    return 200;
}

// Answers the whole requests at the start of what was read, and keeps the rest. Whether the connection is of use still.
static int take(int descriptor, struct connection *connection) {
    for (;;) {
        connection->bytes[connection->count] = 0;
        char *body = strstr(connection->bytes, "\r\n\r\n");
        if (!body) return connection->count < LARGEST - 1;
        body += 4;
        char action[64] = "";
        size_t length = 0;
        for (char *line = connection->bytes; line < body; line = strstr(line, "\r\n") + 2) {
            if (strncasecmp(line, "content-length:", 15) == 0) length = strtoul(line + 15, NULL, 10);
            if (strncasecmp(line, "x-amz-target: AmazonSSM.", 24) == 0) sscanf(line + 24, "%63[A-Za-z]", action);
        }
        size_t whole = (size_t)(body - connection->bytes) + length;
        if (whole > connection->count) return whole < LARGEST - 1;
        char after = connection->bytes[whole], answer[3 * LARGEST], head[256];
        connection->bytes[whole] = 0;
        int status = respond(action, body, answer, sizeof answer);
        connection->bytes[whole] = after;
        int count = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\ncontent-type: application/x-amz-json-1.1\r\n"
                             "x-amzn-requestid: 0\r\ncontent-length: %zu\r\n\r\n",
                             status, status == 200 ? "OK" : "Bad Request", strlen(answer));
        if (send(descriptor, head, (size_t)count, MSG_NOSIGNAL | MSG_MORE) < 0) return 0;
        if (send(descriptor, answer, strlen(answer), MSG_NOSIGNAL) < 0) return 0;
        memmove(connection->bytes, connection->bytes + whole, connection->count - whole);
        connection->count -= whole;
    }
}

static void serve(int descriptor) {
    struct connection *connection = connections[descriptor];
    ssize_t count = read(descriptor, connection->bytes + connection->count, LARGEST - 1 - connection->count);
    if (count > 0) {
        connection->count += (size_t)count;
        if (take(descriptor, connection)) return;
    }
    close(descriptor);
}

static void welcome(int queue, int listener) {
    int descriptor = accept(listener, NULL, NULL), on = 1;
    if (descriptor < 0) return;
    if (descriptor >= MOST_CONNECTIONS) fail("too many connections");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!connections[descriptor]) connections[descriptor] = malloc(sizeof(struct connection));
    if (!connections[descriptor]) fail("memory");
    connections[descriptor]->count = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: parameters FILE\n");
        return 64;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), queue = epoll_create1(0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(listener, 128) != 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll_ctl");
    char unfinished[4096];
    snprintf(unfinished, sizeof unfinished, "%s.unfinished", arguments[1]);
    FILE *file = fopen(unfinished, "w");
    if (!file) fail(unfinished);
    fprintf(file, "%d\n", ntohs(address.sin_port));
    if (fclose(file) != 0 || rename(unfinished, arguments[1]) != 0) fail(arguments[1]);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(queue, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.fd == listener) welcome(queue, listener);
            else serve(events[index].data.fd);
        }
    }
}
