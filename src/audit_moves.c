/* audit_moves.c: what calls do to names: make them, take them away, move and link what they hold.
 */
#include "audit_names.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "calls.h"
#include "path.h"
#include "util.h"

/* What is kept of contents before they may be written: of each, and of all. */
enum { KEEP_MAX = 64 << 10, KEEP_ALL_MAX = 32 << 20 };

static void was_there(struct changes *changes, uint32_t name)
{
        struct name *it = changes_name(changes, name);
        struct words path = changes_words(changes, name);

        if (!changes->live)
                changes_note_parents(changes, &path);
        if (it->existed == UNKNOWN)
                it->existed = PRESENT;
        it->exists = PRESENT;
}

/* Where that content stands, of all its names if the run has linked it. */
uint32_t changes_main_place(const struct changes *changes, uint32_t content)
{
        uint32_t went = changes->at[content].went;

        return went == OWN ? content : went;
}

static void lose(struct changes *changes, uint32_t name)
{
        struct name *it = changes_name(changes, name);
        uint32_t holds = it->holds == OWN ? name : it->holds;

        if ((it->existed == PRESENT || it->holds != OWN) &&
            changes_main_place(changes, holds) == name)
                changes_name(changes, holds)->went = NOWHERE;
        changes->at[name].holds = OWN;
        changes->at[name].exists = ABSENT;
}

static void make(struct changes *changes, uint32_t name)
{
        struct name *it = changes_name(changes, name);
        struct words path = changes_words(changes, name);

        if (!changes->live)
                changes_note_parents(changes, &path);
        if (it->existed == UNKNOWN)
                it->existed = ABSENT;
        it->exists = PRESENT;
        it->made = true;
}

/* Whose content stands there; OWN: what was made by the run. */
static uint32_t content_of(const struct changes *changes, uint32_t name)
{
        const struct name *it = &changes->at[name];

        if (it->holds != OWN)
                return it->holds;
        return it->existed == PRESENT && it->went == OWN ? name : OWN;
}

static void put(struct changes *changes, uint32_t name, uint32_t content, uint32_t from)
{
        struct name *it = changes_name(changes, name);
        uint32_t place = content == OWN ? OWN : changes_main_place(changes, content);

        it->exists = PRESENT;
        it->holds = content == name ? OWN : content;
        if (content != OWN && (place == from || place == NOWHERE))
                changes_name(changes, content)->went = content == name ? OWN : name;
}

static void move_one(struct changes *changes, uint32_t from, uint32_t to)
{
        uint32_t content = content_of(changes, from);
        bool written = changes->at[from].written, attr = changes->at[from].attr;

        if (content_of(changes, to) != OWN)
                lose(changes, to);
        make(changes, to);
        put(changes, to, content, from);
        changes->at[to].written |= written;
        changes->at[to].attr |= attr;
        changes->at[from].holds = OWN;
        changes->at[from].exists = ABSENT;
}

/* A directory takes along what is below it. */
static void move_below(struct changes *changes, uint32_t from, uint32_t to)
{
        struct words dir = changes_words(changes, from);
        size_t n = changes->n; /* what is added meanwhile has been moved */

        if (!changes_may_have_below(changes, &dir))
                return;
        for (uint32_t i = 0; i < n; i++) {
                struct words path = changes_words(changes, i);
                uint32_t target;

                if (i == from || changes->at[i].exists != PRESENT ||
                    !path_covers(dir.bytes, dir.len, path.bytes, path.len))
                        continue;
                target = changes_rebase(changes, &path, dir.len, to);
                if (target == INTERN_NONE)
                        continue;
                changes_look_at(changes, target, NOWHERE);
                move_one(changes, i, target);
        }
}

static bool is_same_now(const struct changes *changes, uint32_t a, uint32_t b)
{
        struct file_look x, y;
        bool same;

        file_look(changes_words(changes, a).bytes, &x);
        file_look(changes_words(changes, b).bytes, &y);
        same = file_is_same(&x, &y);
        file_look_fini(&x);
        file_look_fini(&y);
        return same;
}

static void move(struct changes *changes, uint32_t from, uint32_t to)
{
        if (from == to)
                return;
        was_there(changes, from);
        move_one(changes, from, to);
        move_below(changes, from, to);
}

/* A directory has come from one name to another, to stay or in exchange. Below the other something
 * is known; what has taken the place of that was below the one before. */
static void look_at_comers(struct changes *changes, uint32_t from, uint32_t to)
{
        struct words dir = changes_words(changes, to);
        size_t n = changes->n;

        if (!changes->live || !changes_may_have_below(changes, &dir))
                return;
        for (uint32_t i = 0; i < n; i++) {
                struct words path = changes_words(changes, i);
                uint32_t source;

                if (i == to || !changes->at[i].looked ||
                    !path_covers(dir.bytes, dir.len, path.bytes, path.len))
                        continue;
                source = changes_rebase(changes, &path, dir.len, from);
                if (source != INTERN_NONE)
                        changes_look_at(changes, source, i);
        }
}

/* By way of a name that no file can have. */
static void exchange(struct changes *changes, uint32_t a, uint32_t b)
{
        uint32_t aside = intern_add(changes->names, "\1", 1);

        if (aside == INTERN_NONE)
                return;
        changes_name(changes, aside)->looked = true;
        was_there(changes, a);
        was_there(changes, b);
        look_at_comers(changes, a, b);
        look_at_comers(changes, b, a);
        move(changes, a, aside);
        move(changes, b, a);
        move(changes, aside, b);
}

static bool has_use(const struct call *call, enum path_use use)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
                if (call->args[i].use == use)
                        return true;
        return false;
}

static bool makes_unnamed(const struct fact *fact)
{
        return fact->has_flags && (fact->flags & O_TMPFILE) == O_TMPFILE &&
               has_use(fact->call, USE_OPEN);
}

static void note_two(struct changes *changes, const struct fact *fact, uint32_t name, uint32_t to)
{
        if (has_use(fact->call, USE_LINK)) {
                uint32_t content;

                was_there(changes, name);
                make(changes, to);
                content = content_of(changes, name);
                changes->at[to].holds = content == to ? OWN : content;
        } else if (fact->has_flags && fact->flags & RENAME_EXCHANGE) {
                exchange(changes, name, to);
        } else if (!changes->live || !is_same_now(changes, name, to)) {
                /* Of two names of one file both stay: rename(2). */
                look_at_comers(changes, name, to);
                move(changes, name, to);
        }
}

static bool sets_times(const struct call *call)
{
        return strstr(call->name, "utime") || !strcmp(call->name, "futimesat");
}

/* It counts for the name, and for what stands there now under all of its names. */
static void note_use(struct changes *changes, uint32_t name, bool written, bool times)
{
        uint32_t content = content_of(changes, name);
        struct name *names[] = {&changes->at[name], &changes->at[content == OWN ? name : content]};
        uint32_t file = names[1]->file;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                names[i]->written |= written;
                names[i]->times |= times;
        }
        if (content == OWN || file == INTERN_NONE)
                return;
        changes->seen[file].written |= written;
        changes->seen[file].times |= times;
}

static void note_one(struct changes *changes, const struct fact *fact, uint32_t name, unsigned asks)
{
        bool created = asks & CLASS_BIT(CLASS_CREATE) && fact->class == CLASS_CREATE;

        if (asks & CLASS_BIT(CLASS_DELETE)) {
                was_there(changes, name);
                lose(changes, name);
                return;
        }
        /* Live it is known whether it was there, if it could be looked at. */
        if (created || (changes->at[name].looked && !changes->at[name].before.unseen &&
                        asks & CLASS_BIT(CLASS_CREATE)))
                make(changes, name);
        else if (asks)
                was_there(changes, name);
        changes->at[name].attr |= asks & CLASS_BIT(CLASS_ATTR);
        note_use(changes, name, asks & CLASS_BIT(CLASS_WRITE),
                 asks & CLASS_BIT(CLASS_ATTR) && sets_times(fact->call));
}

void changes_note(struct changes *changes, const struct fact *fact, uint32_t name, uint32_t to,
                  unsigned asks, unsigned asks_to)
{
        const unsigned changing = CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) |
                                  CLASS_BIT(CLASS_DELETE) | CLASS_BIT(CLASS_ATTR);

        if (!fact->call || name == INTERN_NONE || !((asks | asks_to) & changing) ||
            makes_unnamed(fact))
                return;
        changes_name(changes, name);
        if (to != INTERN_NONE)
                changes_name(changes, to);
        if (to != INTERN_NONE && (has_use(fact->call, USE_LINK) || has_use(fact->call, USE_MOVE)))
                note_two(changes, fact, name, to);
        else
                note_one(changes, fact, name, asks & changing);
}

/* ---- what may be written ---- */

void changes_keep(struct changes *changes, uint32_t name)
{
        uint32_t content = name < changes->n ? content_of(changes, name) : OWN;
        struct name *it;

        if (!changes->live || content == OWN)
                return;
        it = &changes->at[content];
        if (changes_was_written(changes, it) || changes->at[name].written ||
            KEEP_ALL_MAX - changes->kept < KEEP_MAX)
                return;
        changes->kept += file_look_keep(changes_words(changes, name).bytes,
                                        changes_first_look(changes, it), KEEP_MAX);
}

void changes_inherit(struct changes *changes, uint32_t name)
{
        changes_look(changes, name);
        changes_keep(changes, name);
        changes_name(changes, name);
        note_use(changes, name, true, false);
}
