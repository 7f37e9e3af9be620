/* audit_changes.c: the net effect of a run on the names that it touches.
 *
 * A name is where something stands; what stood at a name when the run began is called after it, and
 * moves when it is renamed. So each name knows whose content it holds now, and where its own
 * content went. What lies below a directory that was moved moves with it: such a name is looked up
 * at the place where it stands now, under the name that it had. */
#include "audit_changes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "calls.h"
#include "file_look.h"
#include "path.h"
#include "util.h"

#define OWN     INTERN_NONE       /* its own, or what has been made there since */
#define NOWHERE (INTERN_NONE - 1) /* gone, or never there */

/* What is kept of contents before they may be written: of each, and of all. */
enum { KEEP_MAX = 64 << 10, KEEP_ALL_MAX = 32 << 20 };

/* What calls alone tell of a name. */
enum presence { UNKNOWN, ABSENT, PRESENT };

struct name {
        bool looked;               /* before is known */
        bool made;                 /* by the run, at least once */
        bool written, times, attr; /* calls that succeeded: wrote, set times, changed attributes */
        enum presence existed, exists;
        uint32_t holds; /* the name whose content stands here, or OWN */
        uint32_t went;  /* the name at which its content stands, OWN or NOWHERE */
        struct file_look before;
};

struct changes {
        struct intern *names;   /* borrowed */
        struct intern *parents; /* directories above any of them */
        struct intern *files;   /* that stood somewhere before, as struct identity */
        bool live, stated;
        struct name *at; /* by number */
        size_t n, room;
        uint32_t *first_seen; /* by number in files: the name under which it was looked at */
        size_t nfirst_seen, first_seen_room;
        struct change *list;
        struct file_look **looks; /* owned: what list borrows from, how things stand after */
        size_t nlist, list_room, nlooks, looks_room;
        uint64_t temporary;
        size_t kept; /* bytes of contents */
};

struct changes *changes_new(struct intern *names, bool live)
{
        struct changes *changes = xcalloc(1, sizeof(*changes));

        changes->names = names;
        changes->parents = intern_new(0);
        changes->files = intern_new(0);
        changes->live = live;
        return changes;
}

void changes_free(struct changes *changes)
{
        if (!changes)
                return;
        for (size_t i = 0; i < changes->n; i++)
                file_look_fini(&changes->at[i].before);
        for (size_t i = 0; i < changes->nlooks; i++) {
                file_look_fini(changes->looks[i]);
                free(changes->looks[i]);
        }
        intern_free(changes->parents);
        intern_free(changes->files);
        free(changes->first_seen);
        free(changes->looks);
        free(changes->list);
        free(changes->at);
        free(changes);
}

/* ---- names ---- */

static struct words words_of(const struct changes *changes, uint32_t name)
{
        size_t n;

        return intern_words(changes->names, &n)[name];
}

/* A name and all that is known of it. */
static struct name *name_at(struct changes *changes, uint32_t name)
{
        if (name >= changes->room) {
                size_t room = 2 * (size_t)name + 64;

                changes->at = xreallocarray(changes->at, room, sizeof(*changes->at));
                memset(changes->at + changes->room, 0,
                       (room - changes->room) * sizeof(*changes->at));
                changes->room = room;
        }
        while (changes->n <= name) {
                changes->at[changes->n].holds = changes->at[changes->n].went = OWN;
                changes->n++;
        }
        return &changes->at[name];
}

/* The length of the directory above a path of that length; 0: there is none but "/". */
static size_t parent_len(const char *path, size_t len)
{
        while (len > 0 && path[len - 1] != '/')
                len--;
        return len > 0 ? len - 1 : 0;
}

static void note_parents(struct changes *changes, const struct words *path)
{
        size_t len = parent_len(path->bytes, path->len);

        for (; len > 0; len = parent_len(path->bytes, len)) {
                if (intern_find(changes->parents, path->bytes, len) != INTERN_NONE)
                        return;
                intern_add(changes->parents, path->bytes, len);
        }
}

/* The name that follows from path by putting another directory, dir, in place of its first len
 * bytes. INTERN_NONE: there are too many. */
static uint32_t rebase(struct changes *changes, const struct words *path, size_t len, uint32_t dir)
{
        struct words above = words_of(changes, dir);
        size_t rest = path->len - len;
        cleanup_free char *text = xcalloc(1, above.len + rest + 1);
        uint32_t name;

        memcpy(text, above.bytes, above.len);
        memcpy(text + above.len, path->bytes + len, rest);
        name = intern_add(changes->names, text, above.len + rest);
        if (name != INTERN_NONE) {
                struct words made = words_of(changes, name);

                name_at(changes, name);
                note_parents(changes, &made);
        }
        return name;
}

/* ---- how it stood before ---- */

/* Laid out without holes. */
struct identity {
        uint64_t device, inode;
        int64_t seconds, nanoseconds;
};

/* A file may have been looked at under another name, and changed since: that look counts. Where the
 * file system does not tell when a file was made, its number may be another's by now. */
static void share_look(struct changes *changes, uint32_t name)
{
        struct file_look *look = &changes->at[name].before;
        const struct identity file = {look->device, look->inode, look->born.tv_sec,
                                      look->born.tv_nsec};
        uint32_t number;

        if (!look->state.mode || S_ISDIR(look->state.mode) || !look->born.tv_sec)
                return;
        number = intern_add(changes->files, &file, sizeof(file));
        if (number < changes->nfirst_seen) {
                file_look_fini(look);
                file_look_copy(look, &changes->at[changes->first_seen[number]].before);
                return;
        }
        if (changes->nfirst_seen == changes->first_seen_room) {
                changes->first_seen_room =
                        changes->first_seen_room ? 2 * changes->first_seen_room : 64;
                changes->first_seen = xreallocarray(changes->first_seen, changes->first_seen_room,
                                                    sizeof(uint32_t));
        }
        changes->first_seen[changes->nfirst_seen++] = name;
}

static void look_once(struct changes *changes, uint32_t name, uint32_t where)
{
        struct name *it = name_at(changes, name);

        if (it->looked)
                return;
        it->looked = true;
        if (where != NOWHERE)
                file_look(words_of(changes, where).bytes, &it->before);
        share_look(changes, name);
        it->existed = it->exists = it->before.state.mode ? PRESENT : ABSENT;
}

/* Where what stood at that name in the beginning stands now, as far as directories above it have
 * moved. */
static uint32_t present_place(struct changes *changes, uint32_t name)
{
        struct words path = words_of(changes, name);
        size_t len = parent_len(path.bytes, path.len);

        for (; len > 0; len = parent_len(path.bytes, len)) {
                uint32_t above = intern_find(changes->names, path.bytes, len);
                uint32_t went = above < changes->n ? changes->at[above].went : OWN;

                if (went != OWN)
                        return went == NOWHERE ? NOWHERE : rebase(changes, &path, len, went);
                if (above < changes->n && changes->at[above].holds != OWN)
                        return NOWHERE;
        }
        return name;
}

/* What name had that which stands at this name in the beginning? */
static uint32_t first_name(struct changes *changes, uint32_t name)
{
        struct words path = words_of(changes, name);
        size_t len = parent_len(path.bytes, path.len);

        for (; len > 0; len = parent_len(path.bytes, len)) {
                uint32_t above = intern_find(changes->names, path.bytes, len);
                uint32_t holds = above < changes->n ? changes->at[above].holds : OWN;

                if (holds != OWN)
                        return rebase(changes, &path, len, holds);
        }
        return name;
}

/* What stood at first in the beginning stands at name now. */
static void note_arrival(struct changes *changes, uint32_t first, uint32_t name)
{
        if (name_at(changes, first)->existed != PRESENT || name_at(changes, name)->holds != OWN)
                return;
        changes->at[name].holds = first;
        changes->at[first].went = name;
}

/* It came here with a directory, and was not spoken of until now. */
static void look_at_arrival(struct changes *changes, uint32_t name, uint32_t first)
{
        if (first == INTERN_NONE || first == name || name_at(changes, first)->looked)
                return;
        look_once(changes, first, name);
        note_arrival(changes, first, name);
}

static bool is_path(const struct words *name)
{
        return name->len > 0 && name->bytes[0] == '/';
}

/* here: what stands there now, if it has been there from the beginning. */
static void look(struct changes *changes, uint32_t name, uint32_t here)
{
        struct words path = words_of(changes, name);
        uint32_t place;

        if (!changes->live || !is_path(&path) || name_at(changes, name)->looked)
                return;
        note_parents(changes, &path);
        look_at_arrival(changes, name, first_name(changes, name));
        place = present_place(changes, name);
        if (place == name || place >= changes->n) {
                look_once(changes, name, place == NOWHERE ? NOWHERE : here);
        } else {
                look(changes, place, place);
                look_once(changes, name, place);
                note_arrival(changes, name, place);
        }
        /* What stands here is another's. */
        if (changes->at[name].holds != OWN)
                changes->at[name].exists = PRESENT;
}

void changes_look(struct changes *changes, uint32_t name)
{
        look(changes, name, name);
}

/* ---- what calls do ---- */

static void was_there(struct changes *changes, uint32_t name)
{
        struct name *it = name_at(changes, name);
        struct words path = words_of(changes, name);

        if (!changes->live)
                note_parents(changes, &path);
        if (it->existed == UNKNOWN)
                it->existed = PRESENT;
        it->exists = PRESENT;
}

/* Where that content stands, of all its names if the run has linked it. */
static uint32_t main_place(const struct changes *changes, uint32_t content)
{
        uint32_t went = changes->at[content].went;

        return went == OWN ? content : went;
}

static void lose(struct changes *changes, uint32_t name)
{
        struct name *it = name_at(changes, name);
        uint32_t holds = it->holds == OWN ? name : it->holds;

        if ((it->existed == PRESENT || it->holds != OWN) && main_place(changes, holds) == name)
                name_at(changes, holds)->went = NOWHERE;
        changes->at[name].holds = OWN;
        changes->at[name].exists = ABSENT;
}

static void make(struct changes *changes, uint32_t name)
{
        struct name *it = name_at(changes, name);
        struct words path = words_of(changes, name);

        if (!changes->live)
                note_parents(changes, &path);
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
        struct name *it = name_at(changes, name);
        uint32_t place = content == OWN ? OWN : main_place(changes, content);

        it->exists = PRESENT;
        it->holds = content == name ? OWN : content;
        if (content != OWN && (place == from || place == NOWHERE))
                name_at(changes, content)->went = content == name ? OWN : name;
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
        struct words dir = words_of(changes, from);
        size_t n = changes->n; /* what is added meanwhile has been moved */

        if (intern_find(changes->parents, dir.bytes, dir.len) == INTERN_NONE)
                return;
        for (uint32_t i = 0; i < n; i++) {
                struct words path = words_of(changes, i);
                uint32_t target;

                if (i == from || changes->at[i].exists != PRESENT ||
                    !path_covers(dir.bytes, dir.len, path.bytes, path.len))
                        continue;
                target = rebase(changes, &path, dir.len, to);
                if (target == INTERN_NONE)
                        continue;
                look(changes, target, NOWHERE);
                move_one(changes, i, target);
        }
}

static bool is_same_now(const struct changes *changes, uint32_t a, uint32_t b)
{
        struct file_look x, y;
        bool same;

        file_look(words_of(changes, a).bytes, &x);
        file_look(words_of(changes, b).bytes, &y);
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

/* By way of a name that no file can have. */
static void exchange(struct changes *changes, uint32_t a, uint32_t b)
{
        uint32_t aside = intern_add(changes->names, "\1", 1);

        if (aside == INTERN_NONE)
                return;
        name_at(changes, aside)->looked = true;
        was_there(changes, a);
        was_there(changes, b);
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
                move(changes, name, to);
        }
}

static bool sets_times(const struct call *call)
{
        return strstr(call->name, "utime") || !strcmp(call->name, "futimesat");
}

static void note_one(struct changes *changes, const struct fact *fact, uint32_t name, unsigned asks)
{
        bool created = asks & CLASS_BIT(CLASS_CREATE) && fact->class == CLASS_CREATE;

        if (asks & CLASS_BIT(CLASS_DELETE)) {
                was_there(changes, name);
                lose(changes, name);
                return;
        }
        /* Live it is known whether it was there. */
        if (created || (changes->live && asks & CLASS_BIT(CLASS_CREATE)))
                make(changes, name);
        else if (asks)
                was_there(changes, name);
        changes->at[name].written |= asks & CLASS_BIT(CLASS_WRITE);
        changes->at[name].attr |= asks & CLASS_BIT(CLASS_ATTR);
        changes->at[name].times |= asks & CLASS_BIT(CLASS_ATTR) && sets_times(fact->call);
}

void changes_note(struct changes *changes, const struct fact *fact, uint32_t name, uint32_t to,
                  unsigned asks, unsigned asks_to)
{
        const unsigned changing = CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) |
                                  CLASS_BIT(CLASS_DELETE) | CLASS_BIT(CLASS_ATTR);

        if (!fact->call || name == INTERN_NONE || !((asks | asks_to) & changing) ||
            makes_unnamed(fact))
                return;
        name_at(changes, name);
        if (to != INTERN_NONE)
                name_at(changes, to);
        if (to != INTERN_NONE && (has_use(fact->call, USE_LINK) || has_use(fact->call, USE_MOVE)))
                note_two(changes, fact, name, to);
        else
                note_one(changes, fact, name, asks & changing);
}

void changes_keep(struct changes *changes, uint32_t name)
{
        uint32_t content = name < changes->n ? content_of(changes, name) : OWN;
        struct name *it;

        if (!changes->live || content == OWN)
                return;
        it = &changes->at[content];
        if (it->written || changes->at[name].written || KEEP_ALL_MAX - changes->kept < KEEP_MAX)
                return;
        changes->kept += file_look_keep(words_of(changes, name).bytes, &it->before, KEEP_MAX);
}

void changes_inherit(struct changes *changes, uint32_t name)
{
        changes_look(changes, name);
        changes_keep(changes, name);
        name_at(changes, name)->written = true;
}

/* ---- the net effect ---- */

static struct change *add_change(struct changes *changes, enum change_kind kind, struct words path)
{
        struct change *change;

        if (changes->nlist == changes->list_room) {
                changes->list_room = changes->list_room ? 2 * changes->list_room : 64;
                changes->list =
                        xreallocarray(changes->list, changes->list_room, sizeof(*changes->list));
        }
        change = &changes->list[changes->nlist++];
        memset(change, 0, sizeof(*change));
        change->kind = kind;
        change->path = path;
        return change;
}

void changes_are_stated(struct changes *changes)
{
        changes->stated = true;
}

void changes_state(struct changes *changes, const struct change *change)
{
        *add_change(changes, change->kind, change->path) = *change;
}

/* Of kernel settings and processes no times are kept. */
static bool is_of_kernel(const struct words *path)
{
        return path_covers("/proc", 5, path->bytes, path->len) ||
               path_covers("/sys", 4, path->bytes, path->len);
}

static struct file_look *look_after(struct changes *changes, uint32_t name)
{
        struct file_look *look = xcalloc(1, sizeof(*look));

        if (changes->nlooks == changes->looks_room) {
                changes->looks_room = changes->looks_room ? 2 * changes->looks_room : 64;
                changes->looks = xreallocarray(changes->looks, changes->looks_room,
                                               sizeof(struct file_look *));
        }
        changes->looks[changes->nlooks++] = look;
        file_look(words_of(changes, name).bytes, look);
        return look;
}

/* It is the same file. If its content was not kept, times that nobody set are those of a write. */
static bool has_other_content(const struct words *path, const struct name *it,
                              const struct file_look *after)
{
        const struct file_look *before = &it->before;

        if (!S_ISREG(before->state.mode))
                return false;
        if (before->state.size != after->state.size)
                return true;
        if (!it->written)
                return false;
        if (before->content)
                return !file_has_content(path->bytes, before);
        return file_differs(before, after) & CHANGED_TIMES || it->times || before->young;
}

/* Times count if they were set, or if nothing else is left of a write; those of a directory change
 * with its entries. */
static unsigned attributes(const struct name *it, const struct file_look *after, bool content)
{
        unsigned differs = file_differs(&it->before, after);
        bool device = S_ISCHR(after->state.mode) || S_ISBLK(after->state.mode);
        bool same = S_ISREG(after->state.mode) && it->written && !content;

        return (it->times || same) && !device ? differs : differs & ~(unsigned)CHANGED_TIMES;
}

static void fill(struct change *change, const struct file_look *before,
                 const struct file_look *after)
{
        if (before)
                change->before = before->state;
        change->after = after->state;
        change->capabilities = after->capabilities;
        if (after->target)
                change->target = (struct words){after->target, strlen(after->target)};
}

/* What stands here is what stood at another name. */
static bool came_from(const struct changes *changes, const struct name *it,
                      const struct file_look *after)
{
        return it->holds != OWN && file_is_same(&changes->at[it->holds].before, after);
}

/* The name at which it stands, too; OWN: it has moved here from first. */
static uint32_t linked_from(struct changes *changes, uint32_t name, uint32_t first,
                            const struct file_look *after)
{
        const uint32_t places[] = {present_place(changes, first), main_place(changes, first)};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                struct file_look now;
                bool same;

                if (places[i] >= NOWHERE || places[i] == name)
                        continue;
                file_look(words_of(changes, places[i]).bytes, &now);
                same = file_is_same(&now, after);
                file_look_fini(&now);
                if (same)
                        return places[i];
        }
        return OWN;
}

static bool has_suffix_of(const struct words *path, size_t len, const struct words *from)
{
        size_t rest = path->len - len;

        return from->len > rest && !memcmp(from->bytes + from->len - rest, path->bytes + len, rest);
}

/* It came along with a directory that was renamed: that is said of the directory. */
static bool came_along(const struct changes *changes, const struct words *path,
                       const struct words *from)
{
        size_t len = parent_len(path->bytes, path->len);

        for (; len > 0 && has_suffix_of(path, len, from); len = parent_len(path->bytes, len)) {
                uint32_t above = intern_find(changes->names, path->bytes, len);
                uint32_t first = above < changes->n ? changes->at[above].holds : OWN;

                if (first == OWN)
                        continue;
                struct words dir = words_of(changes, first);

                return dir.len == from->len - (path->len - len) &&
                       !memcmp(dir.bytes, from->bytes, dir.len) &&
                       S_ISDIR(changes->at[first].before.state.mode);
        }
        return false;
}

static void settle_arrival(struct changes *changes, uint32_t name, const struct file_look *after)
{
        uint32_t holds = changes->at[name].holds;
        uint32_t place = linked_from(changes, name, holds, after);
        const struct name *it = &changes->at[name];
        const struct name *first = &changes->at[holds];
        bool link = place != OWN;
        struct words path = words_of(changes, name), from = words_of(changes, link ? place : holds);
        struct name merged = *first;
        struct change *change;

        merged.written |= it->written;
        merged.times |= it->times;
        if (!link && came_along(changes, &path, &from)) {
                bool content = has_other_content(&path, &merged, after);
                unsigned differs = attributes(&merged, after, content);

                if (!content && !differs)
                        return;
                change = add_change(changes, content ? CHANGE_MODIFIED : CHANGE_ATTRIBUTES, path);
                change->attributes = differs;
                fill(change, &first->before, after);
                return;
        }
        change = add_change(changes, link ? CHANGE_LINKED : CHANGE_RENAMED, path);
        change->from = from;
        change->attributes = attributes(&merged, after, true);
        fill(change, it->before.state.mode ? &it->before : &first->before, after);
}

static bool same_link(const struct file_look *a, const struct file_look *b)
{
        return a->target && b->target && !strcmp(a->target, b->target);
}

/* Was its content seen elsewhere at the end, so that it is not deleted? */
static bool has_moved(const struct changes *changes, uint32_t name)
{
        const struct name *it = &changes->at[name];
        struct file_look now;
        bool same;

        if (it->went == OWN || it->went == NOWHERE)
                return false;
        file_look(words_of(changes, it->went).bytes, &now);
        same = file_is_same(&it->before, &now);
        file_look_fini(&now);
        return same;
}

/* Another stands in its place. Links with the same text are alike, and of a directory the entries
 * tell; unless what stood there is elsewhere now, for that is told as a rename. */
static bool is_replaced(const struct changes *changes, uint32_t name, const struct file_look *after)
{
        const struct file_look *before = &changes->at[name].before;

        if (S_ISDIR(before->state.mode) && S_ISDIR(after->state.mode))
                return has_moved(changes, name);
        return !same_link(before, after);
}

static void settle_present(struct changes *changes, uint32_t name, const struct file_look *after)
{
        const struct name *it = &changes->at[name];
        struct words path = words_of(changes, name);
        bool same = file_is_same(&it->before, after);
        bool content =
                same ? has_other_content(&path, it, after) : is_replaced(changes, name, after);
        unsigned differs = same ? attributes(it, after, content)
                                : file_differs(&it->before, after) & ~(unsigned)CHANGED_TIMES;
        struct change *change;

        if (!content && !differs)
                return;
        change = add_change(changes, content ? CHANGE_MODIFIED : CHANGE_ATTRIBUTES, path);
        change->attributes = differs;
        fill(change, &it->before, after);
}

static void settle_setting(struct changes *changes, uint32_t name)
{
        struct words path = words_of(changes, name);

        if (changes->at[name].written)
                add_change(changes, CHANGE_MODIFIED, path)->after.mode = S_IFREG;
}

static void settle_observed(struct changes *changes, uint32_t name)
{
        struct name *it = &changes->at[name];
        struct words path = words_of(changes, name);
        const struct file_look *after;

        if (!it->looked || !is_path(&path))
                return;
        if (is_of_kernel(&path)) {
                settle_setting(changes, name);
                return;
        }
        after = look_after(changes, name);
        if (!after->state.mode && !it->before.state.mode)
                changes->temporary += it->made;
        else if (!after->state.mode && !has_moved(changes, name))
                add_change(changes, CHANGE_DELETED, path)->before = it->before.state;
        else if (!after->state.mode)
                return;
        else if (came_from(changes, it, after))
                settle_arrival(changes, name, after);
        else if (it->before.state.mode)
                settle_present(changes, name, after);
        else
                fill(add_change(changes, CHANGE_CREATED, path), NULL, after);
}

/* From calls alone: what failed without saying so counts as done. */
static void settle_told(struct changes *changes, uint32_t name)
{
        const struct name *it = &changes->at[name];
        struct words path = words_of(changes, name);

        if (!is_path(&path))
                return;
        if (it->exists == PRESENT && it->holds != OWN) {
                bool link = changes->at[it->holds].exists == PRESENT;

                if (!came_along(changes, &path,
                                &(struct words){words_of(changes, it->holds).bytes,
                                                words_of(changes, it->holds).len}))
                        add_change(changes, link ? CHANGE_LINKED : CHANGE_RENAMED, path)->from =
                                words_of(changes, it->holds);
        } else if (it->exists == PRESENT && it->existed == ABSENT) {
                add_change(changes, CHANGE_CREATED, path);
        } else if (it->exists == PRESENT && (it->written || it->went == NOWHERE)) {
                add_change(changes, CHANGE_MODIFIED, path);
        } else if (it->exists == PRESENT && it->attr) {
                add_change(changes, CHANGE_ATTRIBUTES, path);
        } else if (it->exists == ABSENT && it->existed == PRESENT) {
                if (it->went == OWN || it->went == NOWHERE)
                        add_change(changes, CHANGE_DELETED, path);
        } else if (it->exists == ABSENT && it->existed == ABSENT) {
                changes->temporary++;
        }
}

static int compare(const void *a, const void *b)
{
        const struct words *x = &((const struct change *)a)->path;
        const struct words *y = &((const struct change *)b)->path;
        size_t len = x->len < y->len ? x->len : y->len;
        int order = memcmp(x->bytes, y->bytes, len);

        return order ? order : (x->len > y->len) - (x->len < y->len);
}

const struct change *changes_settle(struct changes *changes, size_t *n)
{
        for (uint32_t i = 0; !changes->stated && i < changes->n; i++) {
                if (changes->live)
                        settle_observed(changes, i);
                else
                        settle_told(changes, i);
        }
        if (changes->nlist)
                qsort(changes->list, changes->nlist, sizeof(*changes->list), compare);
        *n = changes->nlist;
        return changes->list;
}

uint64_t changes_temporary(const struct changes *changes)
{
        return changes->temporary;
}
