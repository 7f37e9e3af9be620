/* audit_changes.c: the net effect of a run: how its names stand at the end, against before. */
#include "audit_names.h"

#include <linux/magic.h>
#include <sys/stat.h>

#include "path.h"
#include "util.h"

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
        uint32_t name = intern_find(changes->names, change->path.bytes, change->path.len);

        if (name != INTERN_NONE)
                changes_name(changes, name)->stated = true;
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
        file_look(changes_words(changes, name).bytes, look);
        return look;
}

/* It is the same file. If its content was not kept, times that nobody set are those of a write. */
static bool has_other_content(struct changes *changes, const struct words *path, struct name *it,
                              const struct file_look *after)
{
        const struct file_look *before = changes_first_look(changes, it);

        if (!S_ISREG(before->state.mode))
                return false;
        if (before->state.size != after->state.size)
                return true;
        if (!changes_was_written(changes, it))
                return false;
        if (before->content)
                return !file_has_content(path->bytes, before);
        return file_differs(before, after) & CHANGED_TIMES || changes_had_times_set(changes, it) ||
               before->young;
}

/* Times count if they were set, or if nothing else is left of a write; those of a directory change
 * with its entries. */
static unsigned attributes(const struct changes *changes, const struct name *it,
                           const struct file_look *after, bool content)
{
        unsigned differs = file_differs(&it->before, after);
        bool device = S_ISCHR(after->state.mode) || S_ISBLK(after->state.mode);
        bool same = S_ISREG(after->state.mode) && changes_was_written(changes, it) && !content;

        return (changes_had_times_set(changes, it) || same) && !device
                       ? differs
                       : differs & ~(unsigned)CHANGED_TIMES;
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
        const uint32_t places[] = {changes_present_place(changes, first),
                                   changes_main_place(changes, first)};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                struct file_look now;
                bool same;

                if (places[i] >= NOWHERE || places[i] == name)
                        continue;
                file_look(changes_words(changes, places[i]).bytes, &now);
                same = file_is_same(&now, after) ||
                       (now.unseen && changes->at[places[i]].exists == PRESENT);
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
        size_t len = changes_parent_len(path->bytes, path->len);

        for (; len > 0 && has_suffix_of(path, len, from);
             len = changes_parent_len(path->bytes, len)) {
                uint32_t above = intern_find(changes->names, path->bytes, len);
                uint32_t first = above < changes->n ? changes->at[above].holds : OWN;

                if (first == OWN)
                        continue;
                struct words dir = changes_words(changes, first);

                return dir.len == from->len - (path->len - len) &&
                       !memcmp(dir.bytes, from->bytes, dir.len) &&
                       S_ISDIR(changes->at[first].before.state.mode);
        }
        return false;
}

/* What has moved here has other content, too: of a link that is told at its first name. */
static void settle_content(struct changes *changes, const struct words *path, struct name *it,
                           const struct file_look *after)
{
        struct change *change;

        if (!has_other_content(changes, path, it, after))
                return;
        change = add_change(changes, CHANGE_MODIFIED, *path);
        fill(change, changes_first_look(changes, it), after);
}

static void settle_arrival(struct changes *changes, uint32_t name, const struct file_look *after)
{
        uint32_t holds = changes->at[name].holds;
        uint32_t place = linked_from(changes, name, holds, after);
        const struct name *it = &changes->at[name];
        const struct name *first = &changes->at[holds];
        bool link = place != OWN;
        struct words path = changes_words(changes, name),
                     from = changes_words(changes, link ? place : holds);
        struct name merged = *first;
        struct change *change;

        merged.written |= it->written;
        merged.times |= it->times;
        if (!link && came_along(changes, &path, &from)) {
                bool content = has_other_content(changes, &path, &merged, after);
                unsigned differs = attributes(changes, &merged, after, content);

                if (!content && !differs)
                        return;
                change = add_change(changes, content ? CHANGE_MODIFIED : CHANGE_ATTRIBUTES, path);
                change->attributes = differs;
                fill(change, &first->before, after);
                return;
        }
        change = add_change(changes, link ? CHANGE_LINKED : CHANGE_RENAMED, path);
        change->from = from;
        change->attributes = attributes(changes, &merged, after, true);
        fill(change, it->before.state.mode ? &it->before : &first->before, after);
        if (!link)
                settle_content(changes, &path, &merged, after);
}

static bool same_link(const struct file_look *a, const struct file_look *b)
{
        return a->target && b->target && !strcmp(a->target, b->target);
}

/* What stood at name in the beginning stands at place, as far as can be seen. */
static bool stands_at(const struct changes *changes, uint32_t name, uint32_t place)
{
        struct file_look now;
        bool same;

        file_look(changes_words(changes, place).bytes, &now);
        same = file_is_same(&changes->at[name].before, &now) || now.unseen;
        file_look_fini(&now);
        return same;
}

/* Was its content seen elsewhere at the end, so that it is not deleted? */
static bool has_moved(const struct changes *changes, uint32_t name)
{
        uint32_t went = changes->at[name].went;

        return went != OWN && went != NOWHERE && stands_at(changes, name, went);
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
        struct name *it = &changes->at[name];
        struct words path = changes_words(changes, name);
        bool same = file_is_same(&it->before, after);
        bool content = same ? has_other_content(changes, &path, it, after)
                            : is_replaced(changes, name, after);
        unsigned differs = same ? attributes(changes, it, after, content)
                                : file_differs(&it->before, after) & ~(unsigned)CHANGED_TIMES;
        struct change *change;

        if (!content && !differs)
                return;
        change = add_change(changes, content ? CHANGE_MODIFIED : CHANGE_ATTRIBUTES, path);
        change->attributes = differs;
        fill(change, &it->before, after);
}

/* Of a device the name tells, where nobody has looked. */
static bool is_device(const struct words *path)
{
        return path_covers("/dev", 4, path->bytes, path->len) &&
               !path_covers("/dev/shm", 8, path->bytes, path->len);
}

/* From calls alone: what failed without saying so counts as done. */
static void settle_told(struct changes *changes, uint32_t name)
{
        const struct name *it = &changes->at[name];
        struct words path = changes_words(changes, name);

        if (!changes_is_path(&path) || is_device(&path) || it->stated)
                return;
        if (it->exists == PRESENT && it->holds != OWN) {
                uint32_t place = changes_main_place(changes, it->holds);
                bool link =
                        place < changes->n && place != name && changes->at[place].exists == PRESENT;
                struct words from = changes_words(changes, link ? place : it->holds);

                if (!came_along(changes, &path, &from))
                        add_change(changes, link ? CHANGE_LINKED : CHANGE_RENAMED, path)->from =
                                from;
                else if (it->written || it->attr)
                        add_change(changes, it->written ? CHANGE_MODIFIED : CHANGE_ATTRIBUTES,
                                   path);
        } else if (it->exists == PRESENT && it->existed == ABSENT) {
                add_change(changes, CHANGE_CREATED, path);
        } else if (it->exists == PRESENT && (changes_was_written(changes, it) || it->went != OWN)) {
                add_change(changes, CHANGE_MODIFIED, path);
        } else if (it->exists == PRESENT && it->attr) {
                add_change(changes, CHANGE_ATTRIBUTES, path);
        } else if (it->exists == ABSENT && it->existed == PRESENT) {
                if (it->went == OWN || it->went == NOWHERE)
                        add_change(changes, CHANGE_DELETED, path);
        } else if (it->exists == ABSENT && it->existed == ABSENT) {
                changes->temporary += it->made;
        }
}

/* It could not be looked at, before or now. */
static void settle_unseen(struct changes *changes, uint32_t name, const struct file_look *after)
{
        size_t n = changes->nlist;

        settle_told(changes, name);
        if (changes->nlist == n)
                return;
        changes->list[n].unseen = true;
        fill(&changes->list[n], &changes->at[name].before, after);
}

static void settle_setting(struct changes *changes, uint32_t name)
{
        struct words path = changes_words(changes, name);

        if (changes->at[name].written)
                add_change(changes, CHANGE_MODIFIED, path)->after.mode = S_IFREG;
}

/* A pseudo-terminal goes with its master, nobody can remove it; the first call on it comes when it
 * is there. */
static bool is_closed_terminal(const struct name *it)
{
        return it->before.file_system == DEVPTS_SUPER_MAGIC;
}

static void settle_observed(struct changes *changes, uint32_t name)
{
        struct name *it = &changes->at[name];
        struct words path = changes_words(changes, name);
        const struct file_look *after;

        if (!it->looked || !changes_is_path(&path))
                return;
        if (is_of_kernel(&path)) {
                settle_setting(changes, name);
                return;
        }
        after = look_after(changes, name);
        if (it->before.unseen || after->unseen)
                settle_unseen(changes, name, after);
        else if (!after->state.mode && !it->before.state.mode)
                changes->temporary += it->made;
        else if (!after->state.mode && is_closed_terminal(it))
                return;
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

/* In the order that audit_changes() promises. */
static int compare(const void *a, const void *b)
{
        const struct words *x = &((const struct change *)a)->path;
        const struct words *y = &((const struct change *)b)->path;
        size_t len = x->len < y->len ? x->len : y->len;
        int order = memcmp(x->bytes, y->bytes, len);

        if (!order)
                order = (x->len > y->len) - (x->len < y->len);
        return order ? order
                     : (int)((const struct change *)b)->kind -
                               (int)((const struct change *)a)->kind;
}

/* What was taken away may be left under another name, which the run has linked: it has moved there.
 */
static void find_last_names(struct changes *changes)
{
        for (uint32_t i = 0; i < changes->n; i++) {
                uint32_t first = changes->at[i].holds;

                if (first != OWN && changes->at[i].exists == PRESENT &&
                    changes->at[first].went == NOWHERE &&
                    (!changes->live || stands_at(changes, first, i)))
                        changes->at[first].went = i;
        }
}

const struct change *changes_settle(struct changes *changes, size_t *n)
{
        find_last_names(changes);
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
