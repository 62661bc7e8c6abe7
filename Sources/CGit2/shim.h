#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>

/// Swift can't call variadic functions. Each is for the whole process: the fetch child calls all but the one for
/// hashes, and whoever reads only that one.
static inline int git_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}
static inline int git_set_certificate_file(const char *file) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL);
}
static inline int git_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}
static inline int git_set_hash_verification(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}
static inline int git_set_synchronous_writes(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}

/// A place for objects that has none and is asked before all others: where `*stopped` is not 0, libgit2 ends what it
/// does at the next object that it reads. It has no other way to break a merge off.
struct git_stop_backend {
    git_odb_backend base;
    const int *stopped;
};
static inline void git_stop_set(int *stopped) { __atomic_store_n(stopped, 1, __ATOMIC_RELAXED); }
static inline int git_stop_is_set(const int *stopped) { return __atomic_load_n(stopped, __ATOMIC_RELAXED); }
static inline int git_stop_answer(git_odb_backend *backend) {
    return git_stop_is_set(((struct git_stop_backend *)backend)->stopped) ? GIT_EUSER : GIT_PASSTHROUGH;
}
static inline int git_stop_read(
    void **data, size_t *size, git_object_t *kind, git_odb_backend *backend, const git_oid *id) {
    return git_stop_answer(backend);
}
static inline int git_stop_read_header(
    size_t *size, git_object_t *kind, git_odb_backend *backend, const git_oid *id) {
    return git_stop_answer(backend);
}
static inline void git_stop_free(git_odb_backend *backend) { free(backend); }
/// `stopped` must outlive the database.
static inline int git_stop_add(git_odb *objects, const int *stopped, int priority) {
    struct git_stop_backend *backend = calloc(1, sizeof *backend);
    if (!backend) return -1;
    git_odb_init_backend(&backend->base, GIT_ODB_BACKEND_VERSION);
    backend->base.read = git_stop_read;
    backend->base.read_header = git_stop_read_header;
    backend->base.free = git_stop_free;
    backend->stopped = stopped;
    int status = git_odb_add_backend(objects, &backend->base, priority);
    if (status < 0) free(backend);
    return status;
}
