// The least that loading can cost: every blob of a commit read by libgit2, and libyaml's events over its bytes.
// usage: yardstick REPOSITORY REVISION THREADS    prints one JSON object; all times are in seconds

#include <git2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yaml.h>

enum { CHUNK = 64, MOST_THREADS = 256 };

static const char *path;
static git_oid *blobs;
static size_t blob_count, blob_room;
static atomic_size_t next_blob;

typedef struct {
    pthread_t thread;
    double read, parse;
    size_t bytes, events;
} Share;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void check(int status, const char *what) {
    if (status >= 0) return;
    const git_error *error = git_error_last();
    fprintf(stderr, "%s: %s\n", what, error ? error->message : "no message");
    exit(1);
}

static int remember(const char *folder, const git_tree_entry *entry, void *context) {
    (void)folder, (void)context;
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB) return 0;
    if (blob_count == blob_room) {
        blob_room = blob_room ? blob_room * 2 : 1024;
        blobs = realloc(blobs, blob_room * sizeof *blobs);
        if (!blobs) abort();
    }
    blobs[blob_count++] = *git_tree_entry_id(entry);
    return 0;
}

static size_t count_events(const void *bytes, size_t size) {
    yaml_parser_t parser;
    yaml_event_t event;
    size_t count = 0;
    int ended = 0;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, bytes, size);
    while (!ended) {
        if (!yaml_parser_parse(&parser, &event)) {
            fprintf(stderr, "line %zu: %s\n", parser.problem_mark.line + 1, parser.problem);
            exit(1);
        }
        count++;
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return count;
}

static void *work(void *context) {
    Share *share = context;
    git_repository *repository;
    check(git_repository_open(&repository, path), path);
    for (;;) {
        size_t first = atomic_fetch_add(&next_blob, CHUNK);
        if (first >= blob_count) break;
        for (size_t index = first; index < blob_count && index < first + CHUNK; index++) {
            double began = now();
            git_blob *blob;
            check(git_blob_lookup(&blob, repository, &blobs[index]), "blob");
            double parsing = now();
            share->bytes += git_blob_rawsize(blob);
            share->events += count_events(git_blob_rawcontent(blob), git_blob_rawsize(blob));
            share->read += parsing - began;
            share->parse += now() - parsing;
            git_blob_free(blob);
        }
    }
    git_repository_free(repository);
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count == 4 ? atoi(arguments[3]) : 0;
    if (threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: yardstick REPOSITORY REVISION THREADS\n");
        return 64;
    }
    path = arguments[1];
    git_libgit2_init();
    double began = now();
    git_repository *repository;
    git_object *tree;
    check(git_repository_open(&repository, path), path);
    check(git_revparse_single(&tree, repository, arguments[2]), arguments[2]);
    git_object *root;
    check(git_object_peel(&root, tree, GIT_OBJECT_TREE), arguments[2]);
    check(git_tree_walk((git_tree *)root, GIT_TREEWALK_PRE, remember, NULL), "walk");
    double walked = now();

    Share *shares = calloc((size_t)threads, sizeof *shares);
    if (!shares) abort();
    for (int index = 0; index < threads; index++) {
        if (pthread_create(&shares[index].thread, NULL, work, &shares[index]) != 0) abort();
    }
    Share sum = {0};
    for (int index = 0; index < threads; index++) {
        pthread_join(shares[index].thread, NULL);
        sum.read += shares[index].read;
        sum.parse += shares[index].parse;
        sum.bytes += shares[index].bytes;
        sum.events += shares[index].events;
    }
    printf("{\"threads\": %d, \"files\": %zu, \"bytes\": %zu, \"events\": %zu, \"walk\": %.6f, \"read\": %.6f, "
           "\"parse\": %.6f, \"load\": %.6f}\n",
           threads, blob_count, sum.bytes, sum.events, walked - began, sum.read, sum.parse, now() - began);
    free(shares);
    git_object_free(root);
    git_object_free(tree);
    git_repository_free(repository);
    git_libgit2_shutdown();
    return 0;
}
