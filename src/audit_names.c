/* audit_names.c: each name that a run touches: how it stood before, and where its content is. */
#include "audit_names.h"

#include <sys/stat.h>

#include "hash.h"
#include "path.h"
#include "util.h"

/* A wrong yes, of two directories with the same bit, costs a search in vain. */
enum { PARENT_BITS = 1 << 22 };

struct changes *changes_new(struct intern *names, bool live)
{
        struct changes *changes = xcalloc(1, sizeof(*changes));

        changes->names = names;
        changes->parents = xcalloc(PARENT_BITS / 8, 1);
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
        free(changes->parents);
        intern_free(changes->files);
        free(changes->seen);
        free(changes->looks);
        free(changes->list);
        free(changes->at);
        free(changes);
}

/* ---- names ---- */

struct words changes_words(const struct changes *changes, uint32_t name)
{
        size_t n;

        return intern_words(changes->names, &n)[name];
}

/* A name and all that is known of it. */
struct name *changes_name(struct changes *changes, uint32_t name)
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
                changes->at[changes->n].file = INTERN_NONE;
                changes->n++;
        }
        return &changes->at[name];
}

/* The length of the directory above a path of that length; 0: there is none but "/". */
size_t changes_parent_len(const char *path, size_t len)
{
        while (len > 0 && path[len - 1] != '/')
                len--;
        return len > 0 ? len - 1 : 0;
}

void changes_note_parents(struct changes *changes, const struct words *path)
{
        uint64_t hash = HASH_START;

        for (size_t i = 0; i < path->len; i++) {
                size_t bit = hash_slot(hash, PARENT_BITS);

                if (i > 0 && path->bytes[i] == '/')
                        changes->parents[bit / 8] |= (unsigned char)(1u << bit % 8);
                hash = hash_byte(hash, path->bytes[i]);
        }
}

bool changes_may_have_below(const struct changes *changes, const struct words *dir)
{
        size_t bit = hash_slot(hash_bytes(dir->bytes, dir->len), PARENT_BITS);

        return changes->parents[bit / 8] & 1u << bit % 8;
}

/* The name that follows from path by putting another directory, dir, in place of its first len
 * bytes. INTERN_NONE: there are too many. */
uint32_t changes_rebase(struct changes *changes, const struct words *path, size_t len, uint32_t dir)
{
        struct words above = changes_words(changes, dir);
        size_t rest = path->len - len;
        cleanup_free char *text = xcalloc(1, above.len + rest + 1);
        uint32_t name;

        memcpy(text, above.bytes, above.len);
        memcpy(text + above.len, path->bytes + len, rest);
        name = intern_add(changes->names, text, above.len + rest);
        if (name != INTERN_NONE) {
                struct words made = changes_words(changes, name);

                changes_name(changes, name);
                changes_note_parents(changes, &made);
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
        changes->at[name].file = number;
        if (number < changes->nseen) {
                file_look_fini(look);
                file_look_copy(look, &changes->at[changes->seen[number].name].before);
                return;
        }
        if (changes->nseen == changes->seen_room) {
                changes->seen_room = changes->seen_room ? 2 * changes->seen_room : 64;
                changes->seen =
                        xreallocarray(changes->seen, changes->seen_room, sizeof(*changes->seen));
        }
        changes->seen[changes->nseen++] = (struct seen_file){.name = name};
}

bool changes_was_written(const struct changes *changes, const struct name *it)
{
        return it->written || (it->file != INTERN_NONE && changes->seen[it->file].written);
}

bool changes_had_times_set(const struct changes *changes, const struct name *it)
{
        return it->times || (it->file != INTERN_NONE && changes->seen[it->file].times);
}

struct file_look *changes_first_look(struct changes *changes, struct name *it)
{
        return it->file == INTERN_NONE ? &it->before
                                       : &changes->at[changes->seen[it->file].name].before;
}

static void look_once(struct changes *changes, uint32_t name, uint32_t where)
{
        struct name *it = changes_name(changes, name);

        if (it->looked)
                return;
        it->looked = true;
        if (where != NOWHERE)
                file_look(changes_words(changes, where).bytes, &it->before);
        share_look(changes, name);
        if (!it->before.unseen)
                it->existed = it->exists = it->before.state.mode ? PRESENT : ABSENT;
}

/* What stood there in the beginning stands there now: it may have been elsewhere meanwhile, and
 * directories above it may be others. */
static bool is_at_home(const struct changes *changes, uint32_t name)
{
        const struct name *it = name < changes->n ? &changes->at[name] : NULL;

        return it && it->looked && it->existed == PRESENT && it->exists == PRESENT &&
               it->holds == OWN && it->went == OWN;
}

/* Where what stood at that name in the beginning stands now, as far as directories above it have
 * moved. */
uint32_t changes_present_place(struct changes *changes, uint32_t name)
{
        struct words path = changes_words(changes, name);
        size_t len = changes_parent_len(path.bytes, path.len);

        for (; len > 0; len = changes_parent_len(path.bytes, len)) {
                uint32_t above = intern_find(changes->names, path.bytes, len);
                uint32_t went = above < changes->n ? changes->at[above].went : OWN;

                if (is_at_home(changes, above))
                        return name;
                if (went != OWN)
                        return went == NOWHERE ? NOWHERE
                                               : changes_rebase(changes, &path, len, went);
                if (above < changes->n && changes->at[above].holds != OWN)
                        return NOWHERE;
        }
        return name;
}

/* What name had that which stands at this name in the beginning? */
static uint32_t first_name(struct changes *changes, uint32_t name)
{
        struct words path = changes_words(changes, name);
        size_t len = changes_parent_len(path.bytes, path.len);

        for (; len > 0; len = changes_parent_len(path.bytes, len)) {
                uint32_t above = intern_find(changes->names, path.bytes, len);
                uint32_t holds = above < changes->n ? changes->at[above].holds : OWN;

                if (is_at_home(changes, above))
                        return name;
                if (holds != OWN)
                        return changes_rebase(changes, &path, len, holds);
        }
        return name;
}

/* What stood at first in the beginning stands at name now. */
static void note_arrival(struct changes *changes, uint32_t first, uint32_t name)
{
        if (changes_name(changes, first)->existed != PRESENT ||
            changes_name(changes, name)->holds != OWN)
                return;
        changes->at[name].holds = first;
        changes->at[first].went = name;
}

/* It came to that name with a directory, and was not spoken of until now. */
static void look_at_arrival(struct changes *changes, uint32_t name, uint32_t here)
{
        uint32_t first = first_name(changes, name);

        if (first == INTERN_NONE || first == name || changes_name(changes, first)->looked)
                return;
        look_once(changes, first, here);
        note_arrival(changes, first, name);
}

bool changes_is_path(const struct words *name)
{
        return name->len > 0 && name->bytes[0] == '/';
}

void changes_look_at(struct changes *changes, uint32_t name, uint32_t here)
{
        struct words path = changes_words(changes, name);
        uint32_t place;

        if (!changes->live || !changes_is_path(&path) || changes_name(changes, name)->looked)
                return;
        changes_note_parents(changes, &path);
        look_at_arrival(changes, name, here == NOWHERE ? name : here);
        place = changes_present_place(changes, name);
        if (place == name || place >= changes->n) {
                look_once(changes, name, place == NOWHERE ? NOWHERE : here);
        } else {
                changes_look_at(changes, place, place);
                look_once(changes, name, place);
                note_arrival(changes, name, place);
        }
        /* What stands here is another's. */
        if (changes->at[name].holds != OWN)
                changes->at[name].exists = PRESENT;
}

void changes_cannot_look(struct changes *changes, uint32_t name)
{
        struct name *it = changes_name(changes, name);

        if (changes->live && !it->looked)
                it->looked = it->before.unseen = true;
}

void changes_look(struct changes *changes, uint32_t name)
{
        changes_look_at(changes, name, name);
}
