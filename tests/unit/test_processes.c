/* test_processes.c: who is of the run, shown with real processes: the table says who is inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes.h"
#include "util.h"

#define NOBODY (1 << 22) /* one more than the greatest number: proc(5), pid_max */

static struct threads *threads;
static pid_t inside, outside; /* both in the group of inside; they wait for a signal */
static struct tracee caller;
static struct object object;

static pid_t start(pid_t group)
{
        pid_t pid = fork();

        if (pid == 0) {
                for (;;)
                        pause();
        }
        assert_true(pid > 0);
        assert_int_equal(setpgid(pid, group), 0);
        return pid;
}

static int setup(void **state)
{
        (void)state;
        threads = threads_new();
        inside = start(0);
        outside = start(inside);
        threads_add(threads, inside)->tgid = inside;
        caller = (struct tracee){.tid = inside, .tgid = inside, .arch = *tracee_abis(&(size_t){0})};
        object = (struct object){.kind = OBJECT_PROCESS};
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        kill(inside, SIGKILL);
        kill(outside, SIGKILL);
        waitpid(inside, NULL, 0);
        waitpid(outside, NULL, 0);
        threads_free(threads);
        return 0;
}

static enum standing find(enum process_set set, pid_t number)
{
        return processes_find(threads, &caller, set, number);
}

static void who_is_in_the_table_is_inside_and_others_are_not(void **state)
{
        (void)state;
        assert_int_equal(find(PROCESS_ONE, inside), STANDS_INSIDE);
        assert_int_equal(find(PROCESS_ONE, outside), STANDS_OUTSIDE);
        assert_int_equal(find(PROCESS_HANDLE, outside), STANDS_OUTSIDE);
        assert_int_equal(find(PROCESS_ONE, getpid()), STANDS_OUTSIDE);
        assert_int_equal(find(PROCESS_ONE, 1), STANDS_OUTSIDE);
        assert_int_equal(find(PROCESS_ONE, NOBODY), STANDS_NOWHERE);
}

static void who_is_traced_but_not_in_the_table_yet_is_inside(void **state)
{
        (void)state;
        assert_int_equal(tracee_seize(outside), 0);
        assert_int_equal(find(PROCESS_ONE, outside), STANDS_INSIDE);
}

static void who_is_dead_cannot_be_reached_any_more(void **state)
{
        siginfo_t info;

        (void)state;
        kill(outside, SIGKILL);
        assert_int_equal(waitid(P_PID, (id_t)outside, &info, WEXITED | WNOWAIT), 0);
        assert_int_equal(find(PROCESS_ONE, outside), STANDS_INSIDE);
        waitpid(outside, NULL, 0);
        assert_int_equal(find(PROCESS_ONE, outside), STANDS_NOWHERE);
}

static void group_is_where_its_members_are(void **state)
{
        (void)state;
        assert_int_equal(find(PROCESS_GROUP, inside), STANDS_ON_BOTH);
        assert_int_equal(find(PROCESS_GROUP, 0), STANDS_ON_BOTH);
        assert_int_equal(setpgid(outside, 0), 0);
        assert_int_equal(find(PROCESS_GROUP, 0), STANDS_INSIDE);
        assert_int_equal(find(PROCESS_GROUP, outside), STANDS_OUTSIDE);
        assert_int_equal(find(PROCESS_GROUP, NOBODY), STANDS_NOWHERE);
        assert_int_equal(find(PROCESS_ALL, -1), STANDS_ON_BOTH);
}

static void caller_that_is_gone_may_do_nothing(void **state)
{
        (void)state;
        caller.tid = NOBODY;
        assert_int_equal(find(PROCESS_ONE, inside), STANDS_OUTSIDE);
        assert_int_equal(processes_signal(threads, &caller, &object, SIGTERM, 0), -ESRCH);
}

static int end_of(pid_t pid)
{
        int status = 0;

        waitpid(pid, &status, 0);
        return WTERMSIG(status);
}

static void group_is_signalled_inside_only(void **state)
{
        (void)state;
        object.set = PROCESS_GROUP;
        assert_int_equal(processes_signal(threads, &caller, &object, SIGTERM, 0), 0);
        assert_int_equal(end_of(inside), SIGTERM);
        assert_int_equal(waitpid(outside, NULL, WNOHANG), 0);
}

static void signal_0_and_those_that_do_not_exist_are_answered(void **state)
{
        (void)state;
        object.set = PROCESS_GROUP;
        assert_int_equal(processes_signal(threads, &caller, &object, 0, 0), 0);
        assert_int_equal(processes_signal(threads, &caller, &object, 65, 0), -EINVAL);
        assert_int_equal(processes_signal(threads, &caller, &object, -1, 0), -EINVAL);
        object.number = outside;
        setpgid(outside, 0);
        assert_int_equal(processes_signal(threads, &caller, &object, SIGTERM, 0), -EPERM);
        assert_int_equal(waitpid(outside, NULL, WNOHANG), 0);
}

static void all_processes_are_all_but_the_caller(void **state)
{
        (void)state;
        object.set = PROCESS_ALL;
        threads_add(threads, outside)->tgid = outside;
        assert_int_equal(processes_signal(threads, &caller, &object, SIGTERM, 0), 0);
        assert_int_equal(end_of(outside), SIGTERM);
        assert_int_equal(waitpid(inside, NULL, WNOHANG), 0);
}

static void receiver_is_told_of_the_caller(void **state)
{
        sigset_t set, before;
        siginfo_t info;

        (void)state;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, &before);
        object.set = PROCESS_HANDLE;
        object.number = getpid();
        assert_int_equal(processes_signal(threads, &caller, &object, SIGUSR1, 0), 0);
        assert_int_equal(sigwaitinfo(&set, &info), SIGUSR1);
        assert_int_equal(info.si_pid, inside);
        assert_int_equal(info.si_code, SI_QUEUE);
        sigprocmask(SIG_SETMASK, &before, NULL);
}

static void pidfd_says_whom_it_stands_for(void **state)
{
        struct tracee self = {.tid = getpid(), .tgid = getpid()};
        int fd = (int)syscall(SYS_pidfd_open, inside, 0), dir, pipes[2];
        char path[32];
        bool thread;
        pid_t tid;

        (void)state;
        snprintf(path, sizeof(path), "/proc/%d", inside);
        dir = open(path, O_RDONLY | O_DIRECTORY);
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(tracee_fd_process(&self, fd, &tid, &thread), 0);
        assert_int_equal(tid, inside);
        assert_false(thread);
        assert_int_equal(tracee_fd_process(&self, dir, &tid, &thread), 0);
        assert_int_equal(tid, inside);
        assert_int_equal(tracee_fd_process(&self, pipes[0], &tid, &thread), -EBADF);
        assert_int_equal(tracee_fd_process(&self, 999, &tid, &thread), -EBADF);
        kill(inside, SIGKILL);
        waitpid(inside, NULL, 0);
        assert_int_equal(tracee_fd_process(&self, fd, &tid, &thread), 0);
        assert_int_equal(tid, 0);
        close(fd);
        close(dir);
        close(pipes[0]);
        close(pipes[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                T(who_is_in_the_table_is_inside_and_others_are_not),
                T(who_is_traced_but_not_in_the_table_yet_is_inside),
                T(who_is_dead_cannot_be_reached_any_more),
                T(group_is_where_its_members_are),
                T(caller_that_is_gone_may_do_nothing),
                T(group_is_signalled_inside_only),
                T(signal_0_and_those_that_do_not_exist_are_answered),
                T(all_processes_are_all_but_the_caller),
                T(receiver_is_told_of_the_caller),
                T(pidfd_says_whom_it_stands_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
