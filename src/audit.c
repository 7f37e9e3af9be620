/* audit.c: what a run has touched. */
#include "audit.h"

#include "audit_changes.h"
#include "facts.h"
#include "intern.h"
#include "util.h"

enum { SPAN_AT_FIRST = 1000 }; /* microseconds */

#define CHANGING                                                                      \
        (CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE) | \
         CLASS_BIT(CLASS_ATTR))

/* They change a directory. */
#define NAMING (CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE))

/* A list that grows. */
struct list {
        void *items;
        size_t n, room, size;
};

struct audit {
        struct audit_options options;
        struct audit_run run;
        bool began, states_changes;
        struct intern *paths, *rules;
        struct intern *tgids;  /* as bytes: the last process of that number */
        struct intern *alike;  /* what makes touches alike, as bytes */
        struct list processes; /* of struct audit_process */
        struct list latest;    /* of uint32_t: by number in tgids */
        struct list programs;  /* of struct audit_program */
        struct list touches;   /* of struct audit_touch */
        struct list texts;     /* of char *: owned copies */
        uint64_t texts_len;    /* bytes in them */
        struct changes *changes;
        const struct change *net;
        size_t nnet;
        uint64_t left_out;
};

static void *add_item(struct list *list)
{
        char *item;

        if (list->n == list->room) {
                list->room = list->room ? 2 * list->room : 64;
                list->items = xreallocarray(list->items, list->room, list->size);
        }
        item = (char *)list->items + list->n++ * list->size;
        memset(item, 0, list->size);
        return item;
}

static struct words keep(struct audit *audit, const struct words *words)
{
        char *copy;

        if (!words->bytes)
                return *words;
        if (audit->options.limit && audit->texts_len / INTERN_MEAN >= audit->options.limit) {
                audit->left_out++;
                return (struct words){0};
        }
        audit->texts_len += words->len;
        copy = xcalloc(1, words->len + 1);
        memcpy(copy, words->bytes, words->len);
        *(char **)add_item(&audit->texts) = copy;
        return (struct words){copy, words->len};
}

struct audit *audit_new(const struct audit_options *options)
{
        struct audit *audit = xcalloc(1, sizeof(*audit));

        audit->options = *options;
        audit->paths = intern_new(options->limit);
        audit->rules = intern_new(options->limit);
        audit->tgids = intern_new(options->limit);
        audit->alike = intern_new(options->limit);
        audit->processes.size = sizeof(struct audit_process);
        audit->latest.size = sizeof(uint32_t);
        audit->programs.size = sizeof(struct audit_program);
        audit->touches.size = sizeof(struct audit_touch);
        audit->texts.size = sizeof(char *);
        audit->run.span = SPAN_AT_FIRST;
        audit->run.recorded = ~0u;
        audit->changes = changes_new(audit->paths, options->live);
        return audit;
}

void audit_free(struct audit *audit)
{
        if (!audit)
                return;
        for (size_t i = 0; i < audit->texts.n; i++)
                free(((char **)audit->texts.items)[i]);
        changes_free(audit->changes);
        intern_free(audit->paths);
        intern_free(audit->rules);
        intern_free(audit->tgids);
        intern_free(audit->alike);
        free(audit->processes.items);
        free(audit->latest.items);
        free(audit->programs.items);
        free(audit->touches.items);
        free(audit->texts.items);
        free(audit);
}

static uint32_t add_path(struct audit *audit, const struct words *path)
{
        uint32_t number;

        if (!path->bytes)
                return AUDIT_NONE;
        number = intern_add(audit->paths, path->bytes, path->len);
        audit->left_out += number == INTERN_NONE;
        return number;
}

static bool is_to_change(const struct event *event)
{
        for (unsigned i = 0; i < event->nasks; i++)
                if (!event->asks[i].carry && CLASS_BIT(event->asks[i].class) & CHANGING)
                        return true;
        return false;
}

/* Its times change with its entries: how they were is known only before. */
static void look_at_parent(struct audit *audit, const struct object *object)
{
        size_t len = changes_parent_len(object->path, object->len);
        uint32_t parent =
                len > 0 ? add_path(audit, &(struct words){object->path, len}) : AUDIT_NONE;

        if (parent != AUDIT_NONE)
                changes_look(audit->changes, parent);
}

/* What it carries counts too: a link asks for nothing else of its first name. */
void audit_look(struct audit *audit, const struct event *event)
{
        if (!is_to_change(event))
                return;
        for (unsigned i = 0; i < event->nasks; i++) {
                const struct object *object = &event->objects[event->asks[i].object];
                uint32_t path;

                if (object->kind != OBJECT_PATH)
                        continue;
                if (CLASS_BIT(event->asks[i].class) & NAMING && !object->deep)
                        look_at_parent(audit, object);
                path = add_path(audit, &(struct words){object->path, object->len});
                if (path == AUDIT_NONE)
                        continue;
                if (object->deep) {
                        changes_cannot_look(audit->changes, path);
                        continue;
                }
                changes_look(audit->changes, path);
                if (event->asks[i].class == CLASS_WRITE && !event->asks[i].carry)
                        changes_keep(audit->changes, path);
        }
}

void audit_inherit(struct audit *audit, const struct words *path)
{
        uint32_t number = add_path(audit, path);

        if (number != AUDIT_NONE)
                changes_inherit(audit->changes, number);
}

/* ---- time ---- */

static uint64_t micros_since(const struct audit *audit, const struct timespec *time)
{
        int64_t micros = (time->tv_sec - audit->run.began.tv_sec) * INT64_C(1000000) +
                         (time->tv_nsec - audit->run.began.tv_nsec) / 1000;

        return micros > 0 ? (uint64_t)micros : 0; /* a clock may be set back */
}

static void widen_spans(struct audit_run *run)
{
        for (size_t i = 0; i < AUDIT_SPANS; i++) {
                struct audit_span a = {0}, b = {0};

                if (i < AUDIT_SPANS / 2) {
                        a = run->spans[2 * i];
                        b = run->spans[2 * i + 1];
                }
                run->spans[i] = (struct audit_span){a.calls + b.calls, a.changing + b.changing,
                                                    a.refused + b.refused};
        }
        run->span *= 2;
}

static struct audit_span *span_at(struct audit_run *run, uint64_t time)
{
        while (time / run->span >= AUDIT_SPANS)
                widen_spans(run);
        return &run->spans[time / run->span];
}

/* ---- processes ---- */

static struct audit_process *process_at(struct audit *audit, uint32_t process)
{
        return (struct audit_process *)audit->processes.items + process;
}

/* Numbers are used again: the last process counts. */
static uint32_t *latest_of(struct audit *audit, pid_t tgid)
{
        uint32_t number = intern_add(audit->tgids, &tgid, sizeof(tgid));

        if (number == INTERN_NONE)
                return NULL;
        while (audit->latest.n <= number)
                *(uint32_t *)add_item(&audit->latest) = AUDIT_NONE;
        return (uint32_t *)audit->latest.items + number;
}

static uint32_t new_process(struct audit *audit, pid_t tgid, uint32_t parent, uint64_t time)
{
        uint32_t *latest = latest_of(audit, tgid);
        struct audit_process *process;

        if (!latest || (audit->options.limit && audit->processes.n >= audit->options.limit))
                return AUDIT_NONE;
        process = add_item(&audit->processes);
        process->tgid = tgid;
        process->parent = parent;
        process->program = AUDIT_NONE;
        process->began = time;
        *latest = (uint32_t)audit->processes.n - 1;
        return *latest;
}

static uint32_t find_process(struct audit *audit, pid_t tgid, uint64_t time)
{
        uint32_t *latest = latest_of(audit, tgid);

        if (latest && *latest != AUDIT_NONE && !process_at(audit, *latest)->has_ended)
                return *latest;
        return new_process(audit, tgid, AUDIT_NONE, time);
}

static void set_comm(struct audit *audit, uint32_t process, const struct words *comm)
{
        struct audit_process *it;
        size_t len = comm->len < EVENT_COMM ? comm->len : EVENT_COMM;

        if (process == AUDIT_NONE || !comm->bytes)
                return;
        it = process_at(audit, process);
        memcpy(it->comm, comm->bytes, len);
        it->comm[len] = '\0';
}

/* A child may have been heard of before its parent told of it. */
static void add_fork(struct audit *audit, const struct fact *fact, uint64_t time)
{
        uint32_t parent = find_process(audit, fact->tgid, time);
        uint32_t *latest = latest_of(audit, fact->child);
        uint32_t child = latest ? *latest : AUDIT_NONE;

        if (child != AUDIT_NONE && child != parent && !process_at(audit, child)->has_ended &&
            process_at(audit, child)->parent == AUDIT_NONE && child != 0)
                process_at(audit, child)->parent = parent;
        else
                child = new_process(audit, fact->child, parent, time);
        set_comm(audit, child, &fact->comm);
}

static void add_exec(struct audit *audit, const struct fact *fact, uint64_t time)
{
        uint32_t process = find_process(audit, fact->tgid, time);
        struct audit_program *program;

        if (process == AUDIT_NONE ||
            (audit->options.limit && audit->programs.n >= audit->options.limit)) {
                audit->left_out++;
                return;
        }
        program = add_item(&audit->programs);
        program->process = process;
        program->path = add_path(audit, &fact->path);
        program->time = time;
        program->argv = keep(audit, &fact->argv);
        process_at(audit, process)->program = (uint32_t)audit->programs.n - 1;
        set_comm(audit, process, &fact->comm);
}

static void add_exit(struct audit *audit, const struct fact *fact, uint64_t time)
{
        uint32_t number = find_process(audit, fact->tgid, time);
        struct audit_process *process;

        if (number == AUDIT_NONE)
                return;
        process = process_at(audit, number);
        process->ended = time;
        process->has_ended = true;
        process->status = fact->status;
        process->has_written = fact->has_written;
        process->written = fact->written;
        set_comm(audit, number, &fact->comm);
}

/* ---- calls ---- */

/* What is the same in calls that are alike. Laid out without holes. */
struct likeness {
        const struct call *call;
        uint64_t flags;
        uint32_t path, to, process, rule;
        int32_t error;
        uint16_t asks, asks_to;
        uint8_t class, action, would, known;
        uint32_t unused;
};

static void touch(struct audit *audit, const struct likeness *like, const struct fact *fact,
                  uint64_t time, uint64_t times)
{
        uint32_t number = intern_add(audit->alike, like, sizeof(*like));
        struct audit_touch *touch;

        if (number == INTERN_NONE) {
                audit->left_out++;
                return;
        }
        if (number == audit->touches.n) {
                touch = add_item(&audit->touches);
                *touch = (struct audit_touch){
                        .path = like->path,
                        .to = like->to,
                        .process = like->process,
                        .rule = like->rule,
                        .call = like->call,
                        .class = like->class,
                        .action = like->action,
                        .would = like->would,
                        .asks = like->asks,
                        .asks_to = like->asks_to,
                        .flags = like->flags,
                        .known = like->known,
                        .error = like->error,
                        .first = time,
                };
        }
        touch = (struct audit_touch *)audit->touches.items + number;
        touch->count += times;
        touch->last = time;
        if (like->class == CLASS_OUTPUT && fact->has_count)
                touch->bytes += times * (fact->has_result && fact->result >= 0
                                                 ? (uint64_t)fact->result
                                                 : fact->has_count * fact->count);
}

static bool has_run(const struct fact *fact)
{
        return fact->action < ACTION_DISCARD && !(fact->has_result && fact->result < 0);
}

static void add_call(struct audit *audit, const struct fact *fact, uint64_t time)
{
        struct likeness like;
        struct audit_span *span = span_at(&audit->run, time);
        bool refused = fact->would >= ACTION_DENY;
        unsigned asks, asks_to;
        uint64_t times = fact->repeated ? fact->repeated : 1;

        asks = fact_asks(fact, &asks_to);
        audit->run.calls += times;
        audit->run.refused += refused * times;
        span->calls += times;
        span->refused += refused * times;
        span->changing += ((asks | asks_to) & CHANGING && !refused) * times;

        memset(&like, 0, sizeof(like));
        like.call = fact->call;
        like.flags = fact->has_flags ? fact->flags : 0;
        like.path = add_path(audit, &fact->path);
        like.to = add_path(audit, &fact->to);
        like.process = find_process(audit, fact->tgid, time);
        like.rule = fact->rule.bytes ? intern_add(audit->rules, fact->rule.bytes, fact->rule.len)
                                     : AUDIT_NONE;
        like.asks = (uint16_t)asks;
        like.asks_to = (uint16_t)asks_to;
        like.class = (uint8_t)fact->class;
        like.action = (uint8_t)fact->action;
        like.would = (uint8_t)fact->would;
        like.known = fact->has_result;
        like.error = fact->has_result && fact->result < 0 ? (int32_t)fact->result : 0;
        set_comm(audit, like.process, &fact->comm);
        touch(audit, &like, fact, time, times);
        if (has_run(fact))
                changes_note(audit->changes, fact, like.path, like.to, asks, asks_to);
}

/* ---- the run ---- */

static void add_start(struct audit *audit, const struct fact *fact)
{
        struct audit_run *run = &audit->run;

        run->host = keep(audit, &fact->host);
        run->run = keep(audit, &fact->run);
        run->cwd = keep(audit, &fact->cwd);
        run->home = keep(audit, &fact->home);
        run->argv = keep(audit, &fact->argv);
        run->policies = keep(audit, &fact->policies);
        run->permissive = fact->permissive;
        run->recorded = fact->has_recorded ? fact->recorded : ~0u;
        run->unknown = (run->recorded & CHANGING) != CHANGING;
        audit->states_changes = !audit->options.live && fact->states_changes;
}

static void add_end(struct audit *audit, const struct fact *fact)
{
        audit->run.ended = true;
        audit->run.status = fact->status;
        audit->run.dropped = fact->dropped;
}

static void add_change(struct audit *audit, const struct change *stated)
{
        struct change change = *stated;

        change.path = keep(audit, &stated->path);
        change.from = keep(audit, &stated->from);
        change.target = keep(audit, &stated->target);
        changes_state(audit->changes, &change);
}

void audit_add(struct audit *audit, const struct fact *fact)
{
        uint64_t time;

        if (!audit->began)
                audit->run.began = fact->time;
        audit->began = true;
        time = micros_since(audit, &fact->time);
        if (time > audit->run.lasted)
                audit->run.lasted = time;
        switch (fact->kind) {
        case FACT_START:
                add_start(audit, fact);
                return;
        case FACT_CALL:
                add_call(audit, fact, time);
                return;
        case FACT_FORK:
                add_fork(audit, fact, time);
                return;
        case FACT_EXEC:
                add_exec(audit, fact, time);
                return;
        case FACT_EXIT:
                add_exit(audit, fact, time);
                return;
        case FACT_CHANGE:
                add_change(audit, &fact->change);
                return;
        case FACT_END:
                add_end(audit, fact);
                return;
        }
}

/* Changes are stated at the end: without one, all of them or some are missing, and calls tell what
 * they can. */
static void settle_stated(struct audit *audit)
{
        audit->run.unlooked = !audit->run.ended;
        if (!audit->run.ended)
                return;
        audit->run.unknown = false;
        changes_are_stated(audit->changes);
}

void audit_settle(struct audit *audit)
{
        if (audit->states_changes)
                settle_stated(audit);
        audit->net = changes_settle(audit->changes, &audit->nnet);
        audit->run.temporary = changes_temporary(audit->changes);
        audit->run.dropped += audit->left_out;
        audit->run.unseen = 0;
        for (size_t i = 0; i < audit->nnet; i++)
                audit->run.unseen += audit->net[i].unseen;
}

/* ---- what was collected ---- */

const struct audit_run *audit_run(const struct audit *audit)
{
        return &audit->run;
}

const struct words *audit_paths(const struct audit *audit, size_t *n)
{
        return intern_words(audit->paths, n);
}

const struct words *audit_rules(const struct audit *audit, size_t *n)
{
        return intern_words(audit->rules, n);
}

const struct audit_process *audit_processes(const struct audit *audit, size_t *n)
{
        *n = audit->processes.n;
        return audit->processes.items;
}

const struct audit_program *audit_programs(const struct audit *audit, size_t *n)
{
        *n = audit->programs.n;
        return audit->programs.items;
}

const struct audit_touch *audit_touches(const struct audit *audit, size_t *n)
{
        *n = audit->touches.n;
        return audit->touches.items;
}

const struct change *audit_changes(const struct audit *audit, size_t *n)
{
        *n = audit->nnet;
        return audit->net;
}
