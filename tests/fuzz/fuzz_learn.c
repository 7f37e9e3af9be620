/* fuzz_learn.c: bytes -> a record file -> what is learned from it: whatever stands there, the text
 * is a policy without errors, the same each time, and it allows what the record says was done, but
 * for the names that it says it cannot allow. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "learn.h"
#include "learn_touches.h"
#include "policy_load.h"
#include "record_read.h"

static void must(bool holds)
{
        if (!holds)
                abort();
}

static void take(const struct fact *fact, void *data)
{
        audit_add(data, fact);
}

static void complain(const char *message, bool fatal, void *data)
{
        (void)message;
        (void)fatal;
        (void)data;
}

static struct audit *read_audit(const uint8_t *data, size_t size)
{
        struct audit *audit = audit_new(&(struct audit_options){.live = false});
        struct record_reader_options options = {"f", take, complain, audit};
        FILE *in = fmemopen((void *)(uintptr_t)data, size, "r");

        must(in);
        (void)record_read(in, &options);
        fclose(in);
        audit_settle(audit);
        return audit;
}

static char *learn(const struct audit *audit, size_t *len, struct learned *learned)
{
        struct learn_options options = {.guarded = NULL};
        char *text;
        FILE *out = open_memstream(&text, len);

        must(out);
        *learned = learn_write(out, audit, &options);
        fclose(out);
        return text;
}

static void load(struct policy *policy, const struct audit *audit, const char *text, size_t len)
{
        const struct audit_run *run = audit_run(audit);
        struct messages messages = {0};
        struct loader *loader;

        policy_init(policy);
        loader = loader_new(policy, &messages);
        loader_set_places(loader, run->cwd.len > 1 ? run->cwd.bytes : NULL,
                          run->home.len > 1 ? run->home.bytes : NULL);
        (void)loader_add_text(loader, "learned.ini", "/nowhere", text, len);
        loader_finish(loader);
        loader_free(loader);
        for (size_t i = 0; i < messages.count; i++)
                if (!messages.list[i].warning)
                        fprintf(stderr, "%s\n%s", messages.list[i].text, text);
        must(messages.errors == 0);
        messages_fini(&messages);
}

/* Of those that can be named: how many are refused? Plain paths alone, without what is carried. */
static size_t count_refused(const struct policy *policy, const struct audit *audit)
{
        static struct object object;
        size_t ntouches, npaths, refused = 0;
        const struct audit_touch *touches = audit_touches(audit, &ntouches);
        const struct words *paths = audit_paths(audit, &npaths);

        for (size_t i = 0; i < ntouches; i++) {
                const struct words *path = &paths[touches[i].path];

                if (learn_was_refused(&touches[i]) || touches[i].path == AUDIT_NONE ||
                    path->len >= sizeof(object.path) || path->bytes[0] != '/')
                        continue;
                memset(&object, 0, sizeof(object));
                memcpy(object.path, path->bytes, path->len);
                object.len = path->len;
                object.exists = true;
                object.kind = OBJECT_PATH;
                for (enum call_class class = 0; class < CLASS_CONNECT; class ++)
                        if (touches[i].asks & CLASS_BIT(class) && learn_is_nameable(class, path) &&
                            action_refuses(policy_judge(policy, class, &object, 0).action))
                                refused++;
        }
        return refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct learned learned, again;
        struct policy policy;
        struct audit *audit;
        char *text, *same;
        size_t len, same_len;

        if (size == 0)
                return 0;
        audit = read_audit(data, size);
        text = learn(audit, &len, &learned);
        same = learn(audit, &same_len, &again);
        must(len == same_len && !memcmp(text, same, len));
        load(&policy, audit, text, len);
        if (!learned.unlearned)
                must(count_refused(&policy, audit) == 0);
        policy_fini(&policy);
        free(text);
        free(same);
        audit_free(audit);
        return 0;
}
