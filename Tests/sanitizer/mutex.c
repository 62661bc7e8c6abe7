/* Tells the thread sanitizer what it can't see: the slow paths of Swift's Mutex are in a library that is not
   instrumented, so that a lock which had to wait looks to it like no lock. Linked into everything that
   `make test SANITIZE=thread` builds, where it stands before the library's own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
typedef SWIFT void lock_slowly(uint32_t thread, SELF void *mutex);
typedef SWIFT void unlock_slowly(SELF void *mutex);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

static lock_slowly *real_lock;
static unlock_slowly *real_unlock;

__attribute__((constructor)) static void find(void) {
    real_lock = (lock_slowly *)dlsym(RTLD_NEXT, LOCK);
    real_unlock = (unlock_slowly *)dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock_and_tell(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void lock_and_tell(uint32_t thread, SELF void *mutex) {
    real_lock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void tell_and_unlock(SELF void *mutex) __asm__(UNLOCK);
SWIFT void tell_and_unlock(SELF void *mutex) {
    __tsan_release(mutex);
    real_unlock(mutex);
}
