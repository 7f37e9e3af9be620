/* threads.c: the table of live threads: hashed by number, grown by doubling. */
#include "threads.h"

#include <string.h>
#include <unistd.h>

#include "tracee.h"
#include "util.h"

enum { BUCKETS_MIN = 64 };

struct threads {
        struct thread **buckets;
        size_t nbuckets; /* a power of two */
        size_t count;
};

struct threads *threads_new(void)
{
        struct threads *threads = xcalloc(1, sizeof(*threads));

        threads->nbuckets = BUCKETS_MIN;
        threads->buckets = xcalloc(threads->nbuckets, sizeof(*threads->buckets));
        return threads;
}

void threads_free(struct threads *threads)
{
        for (size_t i = 0; i < threads->nbuckets; i++) {
                while (threads->buckets[i])
                        threads_remove(threads, threads->buckets[i]->tid);
        }
        free(threads->buckets);
        free(threads);
}

static struct thread **bucket_of(const struct threads *threads, pid_t tid)
{
        return &threads->buckets[(size_t)tid & (threads->nbuckets - 1)];
}

struct thread *threads_find(const struct threads *threads, pid_t tid)
{
        struct thread *thread = *bucket_of(threads, tid);

        while (thread && thread->tid != tid)
                thread = thread->next;
        return thread;
}

static void link_in(struct threads *threads, struct thread *thread)
{
        struct thread **bucket = bucket_of(threads, thread->tid);

        thread->next = *bucket;
        *bucket = thread;
}

static void grow(struct threads *threads)
{
        struct thread **old = threads->buckets;
        size_t nold = threads->nbuckets;

        threads->nbuckets *= 2;
        threads->buckets = xcalloc(threads->nbuckets, sizeof(*threads->buckets));
        for (size_t i = 0; i < nold; i++) {
                struct thread *next;

                for (struct thread *thread = old[i]; thread; thread = next) {
                        next = thread->next;
                        link_in(threads, thread);
                }
        }
        free(old);
}

struct thread *threads_add(struct threads *threads, pid_t tid)
{
        struct thread *thread = threads_find(threads, tid);

        if (thread)
                return thread;
        if (threads->count >= threads->nbuckets)
                grow(threads);
        thread = xcalloc(1, sizeof(*thread));
        thread->tid = tid;
        link_in(threads, thread);
        threads->count++;
        return thread;
}

void threads_remove(struct threads *threads, pid_t tid)
{
        struct thread **link = bucket_of(threads, tid), *thread;

        while (*link && (*link)->tid != tid)
                link = &(*link)->next;
        thread = *link;
        if (!thread)
                return;
        *link = thread->next;
        if (thread->name)
                close(thread->name);
        free(thread);
        threads->count--;
}

void threads_look_at_name(struct thread *thread)
{
        char comm[sizeof(thread->comm)];
        int fd = thread->name ? thread->name : tracee_open_comm(thread->tid);

        if (fd < 0)
                return;
        if (tracee_read_comm(fd, comm, sizeof(comm)) > 0)
                memcpy(thread->comm, comm, sizeof(comm));
        if (thread->name)
                return;
        if (may_stay_open(fd))
                thread->name = fd;
        else
                close(fd);
}

size_t threads_count(const struct threads *threads)
{
        return threads->count;
}

bool threads_all(const struct threads *threads, bool (*visit)(const struct thread *, void *),
                 void *data)
{
        for (size_t i = 0; i < threads->nbuckets; i++) {
                for (struct thread *thread = threads->buckets[i]; thread; thread = thread->next) {
                        if (!visit(thread, data))
                                return false;
                }
        }
        return true;
}
