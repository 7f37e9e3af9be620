/* fuzz_record_read.c: bytes -> a record file: whatever stands in it, what is handed over is within
 * its bounds, and what is wrong is said once. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "facts.h"
#include "record_read.h"

/* What was heard of one file. */
struct heard {
        bool begun, ended, fatal;
};

static void must(bool holds)
{
        if (!holds)
                abort();
}

/* Every byte is there to be read. */
static unsigned sum(struct words words)
{
        unsigned total = 0;

        must(words.bytes || words.len == 0);
        for (size_t i = 0; i < words.len; i++)
                total += (unsigned char)words.bytes[i];
        return total;
}

static void check_bytes(struct words words)
{
        (void)sum(words);
        must(words.len == 0 || words.bytes[0] == '@' || !memchr(words.bytes, '\0', words.len));
}

/* Stated, and then not empty. */
static void check_name(struct words words)
{
        check_bytes(words);
        must(!words.bytes || words.len > 0);
}

static void check_absolute(struct words words)
{
        check_name(words);
        must(!words.bytes || words.bytes[0] == '/');
}

static void check_state(const struct file_state *state)
{
        must(!state->mode ||
             (state->mode & S_IFMT && !(state->mode & ~(uint32_t)(S_IFMT | 07777))));
}

static void check_call(const struct fact *fact)
{
        unsigned asks_to, asks = fact_asks(fact, &asks_to);

        must((unsigned)fact->class < RECORD_CLASSES);
        must(fact->action > ACTION_ALLOW && fact->action <= ACTION_KILL);
        must(fact->would > ACTION_ALLOW && fact->would <= ACTION_KILL);
        must(fact->would == fact->action || fact->action == ACTION_LOG);
        must((asks | asks_to) < CLASS_BIT(CLASS_COUNT));
        must(fact->call || !fact->has_flags);
        check_name(fact->path);
        check_name(fact->to);
        check_name(fact->rule);
}

static void check_change(const struct change *change)
{
        must((unsigned)change->kind < CHANGE_KINDS);
        must(change->path.bytes && !(change->attributes >> 5));
        check_absolute(change->path);
        check_absolute(change->from);
        check_name(change->target);
        check_state(&change->before);
        check_state(&change->after);
}

static void check_fact(const struct fact *fact)
{
        switch (fact->kind) {
        case FACT_START:
                check_absolute(fact->cwd);
                check_absolute(fact->home);
                (void)sum(fact->argv);
                (void)sum(fact->policies);
                return;
        case FACT_CALL:
                check_call(fact);
                return;
        case FACT_FORK:
                must(fact->child > 0);
                return;
        case FACT_EXEC:
                check_name(fact->path);
                (void)sum(fact->argv);
                return;
        case FACT_EXIT:
                must(fact->status >= 0 && fact->status <= 0xff00);
                return;
        case FACT_CHANGE:
                check_change(&fact->change);
                return;
        case FACT_END:
                must(fact->status >= 0 && fact->status <= 255);
                return;
        }
        abort();
}

static void take(const struct fact *fact, void *data)
{
        struct heard *heard = data;

        must(!heard->ended && !heard->fatal);
        must(fact->run.len == 16 && fact->time.tv_nsec >= 0 && fact->time.tv_nsec < 1000000000);
        must(fact->kind != FACT_START || !heard->begun);
        heard->begun = true;
        heard->ended = fact->kind == FACT_END;
        check_bytes(fact->host);
        check_bytes(fact->comm);
        check_fact(fact);
}

static void complain(const char *message, bool fatal, void *data)
{
        struct heard *heard = data;

        must(!heard->fatal && strncmp(message, "f:", 2) == 0);
        heard->fatal = fatal;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct heard heard = {.begun = false};
        struct record_reader_options options = {"f", take, complain, &heard};
        FILE *in =
                size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : fopen("/dev/null", "r");
        int r;

        must(in);
        r = record_read(in, &options);
        must(heard.fatal == (r != 0));
        fclose(in);
        return 0;
}
