/* summary_cells.c: the words of a line of a summary. */
#include "summary_cells.h"

#include <sys/stat.h>

#include "names.h"
#include "util.h"

#define PERMISSIONS 07777u

/* ---- numbers ---- */

/* With one digit behind the point, or three before it. */
static void put_tenths(struct line *line, uint64_t tenths)
{
        line_u64(line, tenths / 10);
        if (tenths >= 1000)
                return;
        line_str(line, ".");
        line_u64(line, tenths % 10);
}

void summary_put_size(struct line *line, uint64_t bytes)
{
        static const char *const units[] = {" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
        size_t unit = 0;

        if (bytes < 1024) {
                line_u64(line, bytes);
                line_str(line, " B");
                return;
        }
        for (; bytes >= 1024 * 1024; unit++)
                bytes /= 1024;
        put_tenths(line, bytes * 10 / 1024);
        line_str(line, units[unit]);
}

void summary_put_time(struct line *line, uint64_t micros)
{
        uint64_t seconds = micros / 1000000;

        if (seconds < 60) {
                put_tenths(line, micros / 100000);
                line_str(line, " s");
                return;
        }
        if (seconds >= 3600) {
                line_u64(line, seconds / 3600);
                line_str(line, " h ");
        }
        line_u64(line, seconds / 60 % 60);
        line_str(line, " min ");
        line_u64(line, seconds % 60);
        line_str(line, " s");
}

void summary_put_number(struct line *line, uint64_t n, const char *one, const char *several)
{
        line_u64(line, n);
        line_str(line, " ");
        line_str(line, n == 1 ? one : several);
}

/* ---- totals ---- */

static const struct file_state *state_of(const struct change *change)
{
        return change->after.mode ? &change->after : &change->before;
}

/* What is known by calls alone has no type; most are files. */
void summary_totals_add(struct summary_totals *totals, const struct summary_entry *entry)
{
        const struct file_state *state = entry->change ? state_of(entry->change) : NULL;
        uint32_t mode = state ? state->mode : 0;

        totals->count += entry->count;
        if (S_ISDIR(mode))
                totals->directories++;
        else if (S_ISLNK(mode))
                totals->links++;
        else if (mode && !S_ISREG(mode))
                totals->others++;
        else
                totals->files++;
        if (!state)
                return;
        totals->size += S_ISREG(mode) ? state->size : 0;
        totals->attributes |= entry->change->attributes;
}

/* ---- cells ---- */

static bool is_single(const struct summary_line *shown)
{
        return shown->fold.count == 1;
}

static void put_mark(struct line *line, const struct summary_line *shown)
{
        line_str(line, shown->entry->mark && is_single(shown) ? shown->entry->mark : "");
}

static void put_times(struct line *line, const struct summary_line *shown)
{
        line_u64(line, shown->totals.count);
        line_str(line, "x");
}

static void put_class(struct line *line, const struct summary_line *shown)
{
        line_str(line, class_name(shown->entry->class));
}

/* In permissive mode it was not refused, and what it returned is its own. */
static void put_error(struct line *line, const struct summary_line *shown)
{
        const struct summary_entry *entry = shown->entry;
        const char *name = entry->error ? errno_name(-entry->error) : NULL;

        if (entry->would == ACTION_KILL)
                line_str(line, entry->action == ACTION_KILL ? "killed" : "kill");
        else if (name)
                line_str(line, name);
}

static void put_rule(struct line *line, const struct summary_line *shown)
{
        if (shown->entry->rule.bytes)
                line_text(line, shown->entry->rule.bytes, shown->entry->rule.len);
}

/* As in the record; what would end it early is quoted. */
static void put_comm(struct line *line, const struct summary_line *shown)
{
        const char *comm = shown->entry->comm;

        if (!comm || !*comm)
                return;
        line_str(line, "[");
        if (strchr(comm, ']'))
                line_quoted(line, comm, strlen(comm));
        else
                line_text(line, comm, strlen(comm));
        line_str(line, "]");
}

static void put_size_of(struct line *line, const struct summary_line *shown)
{
        if (shown->totals.files > 0 && state_of(shown->entry->change)->mode)
                summary_put_size(line, shown->totals.size);
}

static const char *type_name(uint32_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFREG:
                return "file";
        case S_IFDIR:
                return "directory";
        case S_IFLNK:
                return "link";
        case S_IFIFO:
                return "pipe";
        case S_IFSOCK:
                return "socket";
        default:
                return "device";
        }
}

static void put_comma(struct line *line, size_t from)
{
        if (line->len > from)
                line_str(line, ", ");
}

static void put_owner(struct line *line, const struct file_state *state)
{
        line_u64(line, state->uid);
        line_str(line, ":");
        line_u64(line, state->gid);
}

static void put_mode_change(struct line *line, const struct change *change)
{
        line_str(line, "mode ");
        if (change->before.mode) {
                line_octal(line, change->before.mode & PERMISSIONS);
                line_str(line, " -> ");
        }
        line_octal(line, change->after.mode & PERMISSIONS);
}

static void put_owner_change(struct line *line, const struct change *change)
{
        line_str(line, "owner ");
        if (change->before.mode) {
                put_owner(line, &change->before);
                line_str(line, " -> ");
        }
        put_owner(line, &change->after);
}

/* One that was changed before and after. */
static void put_exact_attributes(struct line *line, const struct change *change, size_t from)
{
        if (change->attributes & CHANGED_MODE && change->after.mode) {
                put_comma(line, from);
                put_mode_change(line, change);
        }
        if (change->attributes & CHANGED_OWNER && change->after.mode) {
                put_comma(line, from);
                put_owner_change(line, change);
        }
}

static void put_attribute_names(struct line *line, unsigned attributes, size_t from)
{
        static const char *const names[] = {"mode", "owner", "times", "xattrs", "flags"};

        for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
                if (!(attributes & 1u << i))
                        continue;
                put_comma(line, from);
                line_str(line, names[i]);
        }
}

static void put_attributes(struct line *line, const struct summary_line *shown)
{
        const struct change *change = shown->entry->change;
        unsigned named = shown->totals.attributes;
        size_t from = line->len;

        if (is_single(shown) && change->after.mode) {
                put_exact_attributes(line, change, from);
                named &= ~(unsigned)(CHANGED_MODE | CHANGED_OWNER);
        }
        put_attribute_names(line, named, from);
}

static bool is_replaced(const struct change *change)
{
        return change->before.mode && change->after.mode &&
               (change->before.mode ^ change->after.mode) & S_IFMT;
}

static void put_bytes_of(struct line *line, uint64_t bytes)
{
        line_u64(line, bytes);
        line_str(line, " B");
}

/* In bytes, if both sizes round to the same. */
static void put_size_change(struct line *line, const struct change *change)
{
        size_t from = line->len, len;

        summary_put_size(line, change->after.size);
        len = line->len - from;
        summary_put_size(line, change->before.size);
        bool same = line->len - from == 2 * len &&
                    !memcmp(line->buf + from, line->buf + from + len, len);

        line->len = from;
        (same ? put_bytes_of : summary_put_size)(line, change->before.size);
        line_str(line, " -> ");
        (same ? put_bytes_of : summary_put_size)(line, change->after.size);
}

/* The times differ wherever the content does. */
static void put_modification(struct line *line, const struct summary_line *shown)
{
        const struct change *change = shown->entry->change;
        size_t from = line->len;

        if (!is_single(shown))
                return;
        if (is_replaced(change)) {
                line_str(line, type_name(change->before.mode));
                line_str(line, " -> ");
                line_str(line, type_name(change->after.mode));
        } else if (S_ISREG(change->after.mode) && S_ISREG(change->before.mode) &&
                   change->before.size != change->after.size) {
                put_size_change(line, change);
        }
        put_exact_attributes(line, change, from);
        put_attribute_names(line, change->attributes & (CHANGED_XATTRS | CHANGED_FLAGS), from);
}

static const char *verb_of(enum change_kind kind)
{
        switch (kind) {
        case CHANGE_CREATED:
                return "created";
        case CHANGE_MODIFIED:
                return "modified";
        case CHANGE_DELETED:
                return "deleted";
        case CHANGE_RENAMED:
                return "renamed";
        case CHANGE_LINKED:
                return "linked";
        case CHANGE_ATTRIBUTES:
                break;
        }
        return "changed";
}

/* What happened to something that is marked. */
static void put_happening(struct line *line, const struct summary_line *shown)
{
        const struct change *change = shown->entry->change;
        size_t from;

        if (!change) {
                line_str(line, "read ");
                put_comm(line, shown);
                return;
        }
        line_str(line, verb_of(change->kind));
        from = line->len;
        if (change->kind == CHANGE_ATTRIBUTES) {
                line_str(line, ": ");
                put_attributes(line, shown);
        } else if (change->kind == CHANGE_CREATED && S_ISREG(change->after.mode)) {
                line_str(line, ", mode ");
                line_octal(line, change->after.mode & PERMISSIONS);
        } else if (change->attributes) {
                put_exact_attributes(line, change, from - 1);
        }
}

/* What is deleted, moved or linked says all by its paths. */
const struct summary_cell summary_cells[SUMMARY_SECTIONS][SUMMARY_CELLS] = {
        [SECTION_LOOK] = {{put_mark}, {put_happening}},
        [SECTION_REFUSED] =
                {{put_times, .right = true}, {put_class}, {put_error}, {put_rule}, {put_comm}},
        [SECTION_DISCARDED] = {{put_times, .right = true}, {put_class}, {put_rule}, {put_comm}},
        [SECTION_DELETED] = {{put_size_of, .right = true}},
        [SECTION_CREATED] = {{put_size_of, .right = true}},
        [SECTION_MODIFIED] = {{put_modification}},
        [SECTION_ATTRIBUTES] = {{put_attributes}},
        [SECTION_ELSEWHERE] = {{put_times, .right = true}, {put_mark}},
        [SECTION_PROGRAMS] = {{put_times, .right = true}},
        [SECTION_CONNECTED] = {{put_times, .right = true}, {put_error}, {put_comm}},
};

/* ---- places ---- */

static void put_words(struct line *line, const struct words *words)
{
        line_text(line, words->bytes ? words->bytes : "", words->len);
}

static void put_arrow(struct line *line, const struct words *words)
{
        line_str(line, " -> ");
        put_words(line, words);
}

/* A directory ends in a slash. */
static void put_entry(struct line *line, const struct summary_entry *entry)
{
        const struct change *change = entry->change;

        if (change && change->from.bytes) {
                put_words(line, &change->from);
                line_str(line, " -> ");
        }
        if (entry->path.len > 0)
                put_words(line, &entry->path);
        else
                line_str(line, "-");
        if (!change && entry->to.bytes)
                put_arrow(line, &entry->to);
        if (change && S_ISDIR(state_of(change)->mode) && entry->path.len > 1)
                line_str(line, "/");
        if (change && change->target.bytes && !change->from.bytes)
                put_arrow(line, &change->target);
}

static void put_kind(struct line *line, size_t from, uint64_t n, const char *one,
                     const char *several)
{
        if (n == 0)
                return;
        put_comma(line, from);
        summary_put_number(line, n, one, several);
}

static void put_kinds(struct line *line, const struct summary_totals *totals, bool programs)
{
        size_t from = line->len;

        put_kind(line, from, totals->files, programs ? "program" : "file",
                 programs ? "programs" : "files");
        put_kind(line, from, totals->directories, "directory", "directories");
        put_kind(line, from, totals->links, "link", "links");
        put_kind(line, from, totals->others, "other", "others");
}

void summary_put_place(struct line *line, const struct summary_line *shown, bool programs)
{
        const struct fold *fold = &shown->fold;

        if (is_single(shown)) {
                put_entry(line, shown->entry);
                return;
        }
        put_kinds(line, &shown->totals, programs);
        line_str(line, fold->itself ? " at and" : "");
        line_str(line, fold->deep ? " below " : " in ");
        if (fold->dir_len > 0)
                line_text(line, shown->entry->path.bytes, fold->dir_len);
        else
                line_str(line, "/");
}
