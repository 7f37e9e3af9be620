/* test_shares.c: who shares what: asked of the kernel, about real children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shares.h"
#include "util.h"

enum { STACK = 65536, CHILDREN = 4 };

static struct threads *threads;
static struct thread *first;
static char stacks[CHILDREN][STACK];
static pid_t children[CHILDREN];
static unsigned nchildren;

static int wait_for_end(void *unused)
{
        (void)unused;
        for (;;)
                pause();
        return 0;
}

static struct thread *add_child(int flags)
{
        pid_t pid = clone(wait_for_end, stacks[nchildren] + STACK, flags | SIGCHLD, NULL);
        struct thread *child;

        assert_true(pid > 0);
        children[nchildren++] = pid;
        child = threads_add(threads, pid);
        child->tgid = pid;
        return child;
}

static struct thread *born(int flags)
{
        struct thread *child = add_child(flags);

        shares_born(first, child, false);
        return child;
}

static bool alone(const struct thread *thread, enum share what)
{
        return shares_alone(threads, thread, what);
}

static int set_up(void **state)
{
        (void)state;
        nchildren = 0;
        threads = threads_new();
        first = threads_add(threads, getpid());
        first->tgid = getpid();
        shares_first(first);
        return 0;
}

static bool let_go(const struct thread *thread, void *data)
{
        (void)data;
        shares_gone(threads, threads_find(threads, thread->tid));
        return true;
}

static int tear_down(void **state)
{
        (void)state;
        for (unsigned i = 0; i < nchildren; i++) {
                kill(children[i], SIGKILL);
                waitpid(children[i], NULL, 0);
        }
        threads_all(threads, let_go, NULL);
        threads_free(threads);
        return 0;
}

static void first_process_is_alone(void **state)
{
        (void)state;
        for (enum share what = 0; what < SHARE_COUNT; what++)
                assert_true(alone(first, what));
}

static void forked_child_shares_nothing(void **state)
{
        struct thread *child = born(0);

        (void)state;
        for (enum share what = 0; what < SHARE_COUNT; what++) {
                assert_true(alone(first, what));
                assert_true(alone(child, what));
        }
        assert_false(shares_any(first, child));
}

static void each_flag_of_clone_shares_its_own(void **state)
{
        static const int flags[SHARE_COUNT] = {
                [SHARE_MEMORY] = CLONE_VM, [SHARE_FILES] = CLONE_FILES, [SHARE_PLACES] = CLONE_FS};

        (void)state;
        for (enum share what = 0; what < SHARE_COUNT; what++) {
                struct thread *child = born(flags[what]);

                for (enum share other = 0; other < SHARE_COUNT; other++)
                        assert_int_equal(alone(child, other), other != what);
                assert_true(shares_any(first, child));
        }
}

static void end_of_the_other_leaves_one_alone(void **state)
{
        struct thread *child = born(CLONE_VM);

        (void)state;
        assert_false(alone(first, SHARE_MEMORY));
        shares_gone(threads, child);
        assert_true(alone(first, SHARE_MEMORY));
}

static void executed_program_has_its_own_memory_and_descriptors(void **state)
{
        struct thread *child = born(CLONE_VM | CLONE_FILES | CLONE_FS);

        (void)state;
        shares_executed(threads, child);
        assert_true(alone(child, SHARE_MEMORY));
        assert_true(alone(child, SHARE_FILES));
        assert_false(alone(child, SHARE_PLACES));
        assert_true(alone(first, SHARE_MEMORY));
}

static void orphan_is_found_among_all(void **state)
{
        struct thread *child = born(0), *orphan = add_child(CLONE_VM);

        (void)state;
        shares_orphan(threads, orphan);
        assert_false(alone(first, SHARE_MEMORY));
        assert_true(alone(child, SHARE_MEMORY));
        assert_true(alone(orphan, SHARE_FILES));
}

/* Its parent does not run before it is through. */
static void child_of_a_vfork_is_alone_with_its_parents_memory(void **state)
{
        struct thread *child = add_child(CLONE_VM);

        (void)state;
        shares_born(first, child, true);
        assert_false(alone(child, SHARE_MEMORY)); /* it is awake: perhaps it has been killed */
        first->waits = true;
        assert_true(alone(child, SHARE_MEMORY));
        assert_false(alone(first, SHARE_MEMORY));
        assert_true(shares_is_relied_on(first));
        assert_false(shares_is_relied_on(child));
        shares_executed(threads, child);
        assert_int_equal(first->vforked, 0);
        assert_false(shares_is_relied_on(first));
        assert_true(alone(first, SHARE_MEMORY));
}

static void third_one_ends_the_peace_of_a_vfork(void **state)
{
        struct thread *child = add_child(CLONE_VM);

        (void)state;
        shares_born(first, child, true);
        first->waits = true;
        shares_born(child, add_child(CLONE_VM), false);
        assert_false(alone(child, SHARE_MEMORY));
        assert_false(shares_is_relied_on(first));
}

static void what_is_not_known_counts_as_shared(void **state)
{
        struct thread *stranger = add_child(0), *gone = threads_add(threads, 0x3fffffff);

        (void)state;
        assert_false(alone(stranger, SHARE_MEMORY));
        assert_true(shares_any(first, stranger));
        shares_born(first, gone, false); /* the kernel knows nobody of that number */
        assert_false(alone(gone, SHARE_MEMORY));
        assert_false(alone(first, SHARE_MEMORY));
}

static void memory_that_may_be_written_stays_so_until_an_exec(void **state)
{
        struct thread *child = born(CLONE_VM);

        (void)state;
        assert_false(shares_written(child));
        shares_set_written(first);
        assert_true(shares_written(child));
        shares_executed(threads, child);
        assert_false(shares_written(child));
        assert_true(shares_written(first));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
                TEST(first_process_is_alone),
                TEST(forked_child_shares_nothing),
                TEST(each_flag_of_clone_shares_its_own),
                TEST(end_of_the_other_leaves_one_alone),
                TEST(executed_program_has_its_own_memory_and_descriptors),
                TEST(orphan_is_found_among_all),
                TEST(child_of_a_vfork_is_alone_with_its_parents_memory),
                TEST(third_one_ends_the_peace_of_a_vfork),
                TEST(what_is_not_known_counts_as_shared),
                TEST(memory_that_may_be_written_stays_so_until_an_exec),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
