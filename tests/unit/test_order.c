/* test_order.c: which calls may run at the same time. Threads here are numbers; what the kernel
 * would say of them is said by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "order.h"
#include "shares.h"
#include "util.h"

enum { A = 101, B, C, NUMBERS, OPENAT = 257, READ = 0 };

static struct threads *threads;
static struct order *order;
static struct thread *a, *b, *c;

/* ---- in place of tracee.c ---- */

static struct {
        bool sleeps;
        int nr;
        char state;
        unsigned interrupted;
        bool dying; /* and so takes no options any more */
        bool gone;
        bool watched;
        unsigned threads; /* of its process */
} kernel[NUMBERS];

int tracee_sleeps_in(pid_t tid, int *nr)
{
        *nr = kernel[tid].nr;
        return kernel[tid].sleeps ? 0 : -EAGAIN;
}

int tracee_open_comm(pid_t tid)
{
        (void)tid;
        return -ENOENT;
}

ssize_t tracee_read_comm(int fd, char *buf, size_t size)
{
        (void)fd;
        (void)buf;
        (void)size;
        return -ENOENT;
}

int tracee_interrupt(pid_t tid)
{
        kernel[tid].interrupted++;
        return 0;
}

bool tracee_is_fast_asleep(pid_t tid)
{
        return kernel[tid].state == 'D';
}

bool tracee_is_attached(pid_t tid)
{
        return !kernel[tid].gone;
}

int tracee_watch_end(pid_t tid, bool on)
{
        if (kernel[tid].dying)
                return -ESRCH;
        kernel[tid].watched = on;
        return 0;
}

int tracee_open_maps(pid_t tid)
{
        (void)tid;
        return -1;
}

unsigned tracee_threads(pid_t tid)
{
        return kernel[tid].threads;
}

char tracee_state(pid_t tid)
{
        return kernel[tid].state;
}

/* ---- */

static struct thread *add(pid_t tid)
{
        struct thread *thread = threads_add(threads, tid);

        thread->tgid = tid;
        shares_first(thread);
        kernel[tid].state = 'R';
        order_resumed(order, thread);
        return thread;
}

static int set_up(void **state)
{
        (void)state;
        memset(kernel, 0, sizeof(kernel));
        threads = threads_new();
        order = order_new(threads);
        a = add(A);
        b = add(B);
        c = add(C);
        return 0;
}

static int tear_down(void **state)
{
        struct thread *all[] = {a, b, c};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
                shares_gone(threads, all[i]);
                order_drop(order, all[i]);
        }
        order_free(order);
        threads_free(threads);
        return 0;
}

/* It stops at a call, may run it, and is resumed. */
static void fly(struct thread *thread)
{
        order_stopped(order, thread);
        order_run(order, thread, OPENAT);
        order_resumed(order, thread);
}

static void share_memory(struct thread *with, struct thread *thread)
{
        /* As they are of one process here, only the fact counts. */
        thread->shared[SHARE_MEMORY] = with->shared[SHARE_MEMORY];
}

static void turn_is_clear_when_nothing_is_in_flight(void **state)
{
        (void)state;
        order_stopped(order, a);
        assert_true(order_claim(order, a, CLEAR_FLIGHTS));
        assert_true(order_has_turn(order, a));
        order_end_turn(order, a);
        assert_false(order_has_turn(order, a));
}

static void turn_waits_for_what_is_in_flight_and_interrupts_it(void **state)
{
        (void)state;
        fly(b);
        order_stopped(order, a);
        assert_false(order_claim(order, a, CLEAR_FLIGHTS));
        assert_null(order_ready(order));
        assert_int_equal(kernel[B].interrupted, 1);
        assert_int_equal(kernel[C].interrupted, 0);
        order_stopped(order, b);
        assert_ptr_equal(order_ready(order), a);
}

static void nobody_is_interrupted_twice(void **state)
{
        (void)state;
        fly(b);
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        assert_null(order_ready(order));
        assert_null(order_ready(order));
        assert_int_equal(kernel[B].interrupted, 1);
}

static void who_sleeps_in_another_call_is_not_disturbed(void **state)
{
        (void)state;
        fly(b);
        kernel[B].sleeps = true;
        kernel[B].nr = READ;
        order_stopped(order, a);
        assert_false(order_claim(order, a, CLEAR_FLIGHTS));
        assert_ptr_equal(order_ready(order), a);
        assert_int_equal(kernel[B].interrupted, 0);
}

static void who_sleeps_in_that_call_is_interrupted(void **state)
{
        (void)state;
        fly(b);
        kernel[B].sleeps = true;
        kernel[B].nr = OPENAT;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        assert_null(order_ready(order));
        assert_int_equal(kernel[B].interrupted, 1);
}

static void a_leader_that_has_ended_is_not_waited_for(void **state)
{
        (void)state;
        fly(b);
        kernel[B].state = 'Z';
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS | CLEAR_ALL);
        assert_null(order_ready(order)); /* c runs */
        assert_int_equal(kernel[B].interrupted, 0);
        order_stopped(order, c);
        assert_ptr_equal(order_ready(order), a);
}

static void a_leader_is_waited_for_whose_process_has_a_thread_that_nobody_knows(void **state)
{
        (void)state;
        b->tgid = C;
        kernel[C].state = 'Z';
        kernel[C].threads = 3;
        order_stopped(order, a);
        order_stopped(order, b);
        order_claim(order, a, CLEAR_ALL);
        assert_null(order_ready(order));
        kernel[C].threads = 2; /* it has ended, too */
        assert_ptr_equal(order_ready(order), a);
}

static void calls_wait_while_somebody_has_the_turn_and_go_on_in_order(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        order_run(order, a, OPENAT);
        order_stopped(order, b);
        order_stopped(order, c);
        assert_true(order_waits(order, b));
        assert_true(order_waits(order, c));
        assert_false(order_waits(order, a));
        assert_null(order_next(order));
        order_end_turn(order, a);
        assert_ptr_equal(order_next(order), b);
        assert_ptr_equal(order_next(order), c);
        assert_null(order_next(order));
}

static void return_is_not_watched_before_somebody_waits(void **state)
{
        (void)state;
        order_stopped(order, a);
        assert_true(order_claim(order, a, CLEAR_FLIGHTS));
        assert_false(order_run(order, a, OPENAT));
        order_resumed(order, a);
        assert_null(order_ready(order));
        assert_int_equal(kernel[A].interrupted, 0);
        order_stopped(order, b);
        assert_true(order_waits(order, b));
        assert_null(order_ready(order));
        assert_int_equal(kernel[A].interrupted, 1);
        assert_null(order_next(order));
        order_stopped(order, a);
        assert_ptr_equal(order_next(order), b);
}

static void who_is_seen_to_sleep_elsewhere_has_had_his_turn(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        order_run(order, a, OPENAT);
        order_resumed(order, a);
        kernel[A].sleeps = true;
        kernel[A].nr = READ;
        order_stopped(order, b);
        assert_true(order_waits(order, b));
        assert_null(order_ready(order));
        assert_ptr_equal(order_next(order), b);
        assert_int_equal(kernel[A].interrupted, 0);
}

static void turn_of_a_leader_that_ends_after_all_is_over(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        order_run(order, a, OPENAT);
        order_resumed(order, a);
        order_stopped(order, b);
        assert_true(order_waits(order, b));
        assert_null(order_ready(order));
        assert_null(order_next(order)); /* a was interrupted */
        kernel[A].state = 'Z';
        assert_null(order_ready(order));
        assert_ptr_equal(order_next(order), b);
}

static void thread_that_is_gone_without_a_word_is_not_waited_for(void **state)
{
        (void)state;
        b->tgid = C;
        fly(b);
        kernel[B].gone = true;
        order_stopped(order, a);
        order_stopped(order, c);
        order_claim(order, a, CLEAR_FLIGHTS | CLEAR_ALL);
        assert_ptr_equal(order_ready(order), a);
        assert_int_equal(kernel[B].interrupted, 0);
}

static void turn_of_a_thread_that_is_gone_without_a_word_is_over(void **state)
{
        (void)state;
        a->tgid = C;
        order_stopped(order, a);
        order_stopped(order, b);
        order_stopped(order, c);
        order_claim(order, a, CLEAR_ALL);
        order_run(order, a, OPENAT);
        order_resumed(order, a);
        assert_true(order_waits(order, b));
        kernel[A].gone = true;
        order_tick(order);
        assert_ptr_equal(order_next(order), b);
}

static void return_is_watched_where_others_are_held_or_wait(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_stopped(order, b);
        order_stopped(order, c);
        assert_true(order_claim(order, a, CLEAR_ALL));
        assert_true(order_run(order, a, OPENAT));
        order_end_turn(order, a);
        assert_true(order_claim(order, a, CLEAR_FLIGHTS));
        assert_true(order_waits(order, b));
        assert_true(order_run(order, a, OPENAT));
}

static void who_ends_while_he_waits_is_forgotten(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        assert_true(order_waits(order, b));
        assert_true(order_waits(order, c));
        order_drop(order, b);
        order_end_turn(order, a);
        assert_ptr_equal(order_next(order), c);
        assert_null(order_next(order));
}

static void the_turn_ends_with_its_owner(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        order_drop(order, a);
        assert_false(order_waits(order, b));
}

static void sharers_are_held_and_nobody_else(void **state)
{
        struct shared *own = b->shared[SHARE_MEMORY];
        enum resume how;
        int signal;

        (void)state;
        share_memory(a, b);
        order_stopped(order, a);
        assert_false(order_claim(order, a, CLEAR_SHARERS));
        assert_null(order_ready(order));
        assert_int_equal(kernel[B].interrupted, 1);
        assert_int_equal(kernel[C].interrupted, 0);
        order_stopped(order, b);
        assert_false(order_may_resume(order, b, RESUME_CONT, 7));
        assert_true(order_may_resume(order, c, RESUME_CONT, 0));
        assert_ptr_equal(order_ready(order), a);
        assert_null(order_kept(order, &how, &signal));
        order_end_turn(order, a);
        assert_ptr_equal(order_kept(order, &how, &signal), b);
        assert_int_equal(signal, 7);
        assert_null(order_kept(order, &how, &signal));
        b->shared[SHARE_MEMORY] = own;
}

static void all_are_held_where_a_vfork_could_be_ended_by_others(void **state)
{
        struct shared *own = b->shared[SHARE_MEMORY];

        (void)state;
        share_memory(a, b);
        b->vforked = C;
        b->watched = b->waits = true;
        order_stopped(order, a);
        assert_false(order_claim(order, a, CLEAR_SHARERS));
        assert_null(order_ready(order));
        assert_int_equal(kernel[B].interrupted, 0);
        assert_int_equal(kernel[C].interrupted, 1);
        order_stopped(order, c);
        assert_ptr_equal(order_ready(order), a);
        b->shared[SHARE_MEMORY] = own;
}

static void who_is_held_is_watched_lest_he_ends(void **state)
{
        struct shared *own = b->shared[SHARE_MEMORY];

        (void)state;
        share_memory(a, b);
        order_stopped(order, a);
        order_stopped(order, b);
        kernel[B].dying = true;
        assert_false(order_claim(order, a, CLEAR_SHARERS));
        assert_null(order_ready(order));
        kernel[B].dying = false;
        assert_ptr_equal(order_ready(order), a);
        assert_true(kernel[B].watched);
        assert_false(kernel[C].watched);
        b->shared[SHARE_MEMORY] = own;
}

static void who_ends_is_held_too(void **state)
{
        enum resume how;
        int signal;

        (void)state;
        order_stopped(order, a);
        order_stopped(order, b);
        order_stopped(order, c);
        assert_true(order_claim(order, a, CLEAR_ALL));
        order_run(order, a, OPENAT);
        b->ends = true;
        order_leave(order, b);
        assert_false(order_may_resume(order, b, RESUME_CONT, 0));
        order_end_turn(order, a);
        assert_ptr_equal(order_kept(order, &how, &signal), b);
}

static void who_executes_a_program_gets_rid_of_his_own_threads(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_stopped(order, b);
        order_stopped(order, c);
        assert_true(order_claim(order, a, CLEAR_ALL));
        order_run(order, a, OPENAT);
        a->executes = b->ends = c->ends = true;
        b->tgid = A;
        assert_true(order_may_resume(order, b, RESUME_CONT, 0));
        assert_false(order_may_resume(order, c, RESUME_CONT, 0));
}

static void who_ends_is_held_only_while_a_call_runs(void **state)
{
        enum resume how;
        int signal;

        (void)state;
        order_stopped(order, a);
        order_stopped(order, b);
        assert_false(order_claim(order, a, CLEAR_ALL)); /* c executes a program, and waits for b */
        assert_false(order_may_resume(order, b, RESUME_CONT, 0));
        assert_null(order_kept(order, &how, &signal));
        b->ends = true;
        assert_ptr_equal(order_kept(order, &how, &signal), b);
        assert_true(order_may_resume(order, b, RESUME_CONT, 0));
        order_resumed(order, b);
        order_stopped(order, c);
        assert_null(order_ready(order));
        kernel[B].state = 'Z';
        assert_ptr_equal(order_ready(order), a);
}

static void end_waits_for_what_is_in_flight(void **state)
{
        (void)state;
        fly(b);
        order_stopped(order, a);
        a->ends = true;
        order_leave(order, a);
        assert_false(order_claim_end(order, a));
        assert_null(order_ready(order));
        order_stopped(order, b);
        assert_true(order_waits(order, b));
        assert_ptr_equal(order_ready(order), a);
        assert_true(order_claim_end(order, a));
        order_resumed(order, a);
        assert_null(order_next(order));
        kernel[A].state = 'Z';
        order_tick(order);
        assert_ptr_equal(order_next(order), b);
}

static void who_ends_in_the_middle_has_no_turn_and_waits_for_none(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_claim(order, a, CLEAR_FLIGHTS);
        assert_true(order_waits(order, b));
        assert_true(order_waits(order, c));
        order_leave(order, b);
        order_leave(order, a);
        assert_ptr_equal(order_next(order), c);
        assert_null(order_next(order));
}

static void a_sleeping_call_lets_the_held_go_but_no_rename_does(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_stopped(order, b);
        order_stopped(order, c);
        assert_true(order_claim(order, a, CLEAR_ALL));
        order_run(order, a, OPENAT);
        kernel[A].state = 'S';
        for (int i = 0; i < 5; i++)
                order_tick(order);
        assert_false(order_has_turn(order, a));
        order_stopped(order, a);
        assert_true(order_claim(order, a, CLEAR_ALL | CLEAR_FLIGHTS));
        order_run(order, a, OPENAT);
        for (int i = 0; i < 5; i++)
                order_tick(order);
        assert_true(order_has_turn(order, a));
}

static void who_may_not_sleep_is_interrupted_once_and_others_stay(void **state)
{
        (void)state;
        order_stopped(order, a);
        order_stopped(order, b);
        order_stopped(order, c);
        assert_true(order_claim(order, a, CLEAR_ALL | CLEAR_TO_THE_END));
        order_run(order, a, OPENAT);
        order_resumed(order, a);
        kernel[A].state = 'S';
        assert_false(order_was_cut_short(order, a));
        for (int i = 0; i < 5; i++)
                order_tick(order);
        assert_int_equal(kernel[A].interrupted, 1);
        assert_true(order_was_cut_short(order, a));
        assert_false(order_may_resume(order, b, RESUME_CONT, 0));
        order_stopped(order, a);
        assert_true(order_was_cut_short(order, a));
        order_end_turn(order, a);
        assert_false(order_was_cut_short(order, a));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
                TEST(turn_is_clear_when_nothing_is_in_flight),
                TEST(who_may_not_sleep_is_interrupted_once_and_others_stay),
                TEST(turn_waits_for_what_is_in_flight_and_interrupts_it),
                TEST(nobody_is_interrupted_twice),
                TEST(who_sleeps_in_another_call_is_not_disturbed),
                TEST(who_sleeps_in_that_call_is_interrupted),
                TEST(a_leader_that_has_ended_is_not_waited_for),
                TEST(a_leader_is_waited_for_whose_process_has_a_thread_that_nobody_knows),
                TEST(calls_wait_while_somebody_has_the_turn_and_go_on_in_order),
                TEST(return_is_not_watched_before_somebody_waits),
                TEST(who_is_seen_to_sleep_elsewhere_has_had_his_turn),
                TEST(turn_of_a_leader_that_ends_after_all_is_over),
                TEST(thread_that_is_gone_without_a_word_is_not_waited_for),
                TEST(turn_of_a_thread_that_is_gone_without_a_word_is_over),
                TEST(return_is_watched_where_others_are_held_or_wait),
                TEST(who_ends_while_he_waits_is_forgotten),
                TEST(the_turn_ends_with_its_owner),
                TEST(sharers_are_held_and_nobody_else),
                TEST(all_are_held_where_a_vfork_could_be_ended_by_others),
                TEST(who_is_held_is_watched_lest_he_ends),
                TEST(who_ends_is_held_too),
                TEST(who_executes_a_program_gets_rid_of_his_own_threads),
                TEST(who_ends_is_held_only_while_a_call_runs),
                TEST(end_waits_for_what_is_in_flight),
                TEST(who_ends_in_the_middle_has_no_turn_and_waits_for_none),
                TEST(a_sleeping_call_lets_the_held_go_but_no_rename_does),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
