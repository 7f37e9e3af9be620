/* summary.c: what a run has touched, on one screen. */
#include "summary.h"

#include "summary_cells.h"
#include "summary_sums.h"
#include "util.h"

enum {
        LINE_SIZE = LINE_RESERVE + 128 * 1024, /* two paths of which every byte is escaped */
        CELL_WIDTH_MAX = 40,                   /* a wider cell does not move the others */
        SECTION_LINES = 40,                    /* where there is no screen to fit */
        LINES_PER_ROW = 16 /* shares that add up to more than that are hardly used up */
};

#define BOLD   "\033[1m"
#define RED    "\033[1;31m"
#define YELLOW "\033[33m"

struct section_words {
        const char *title;
        const char *permissive; /* instead, if nothing is refused */
        const char *colour;     /* of its cells, or NULL */
        bool folds;
};

static const struct section_words section_words[SUMMARY_SECTIONS] = {
        [SECTION_LOOK] = {"Look at", .colour = YELLOW},
        [SECTION_REFUSED] = {"Refused", "Would have been refused", .colour = RED},
        [SECTION_DISCARDED] = {"Discarded output", "Output that would have been discarded",
                               .colour = RED},
        [SECTION_DELETED] = {"Deleted"},
        [SECTION_CREATED] = {"Created", .folds = true},
        [SECTION_MODIFIED] = {"Modified", .folds = true},
        [SECTION_RENAMED] = {"Renamed", .folds = true},
        [SECTION_LINKED] = {"Linked: a second name", .folds = true},
        [SECTION_ATTRIBUTES] = {"Attributes changed", .folds = true},
        [SECTION_ELSEWHERE] = {"Programs from elsewhere", .folds = true},
        [SECTION_PROGRAMS] = {"Programs of the system", .folds = true},
        [SECTION_READ] = {"Read outside of the system", .folds = true},
        [SECTION_CONNECTED] = {"Connections"},
};

/* The lines of one section. */
struct view {
        struct summary_line *lines; /* owned, as are the others; room for all entries */
        struct fold *folds;
        struct words *paths;
        size_t *line_of;
        size_t n;
        size_t widths[SUMMARY_CELLS];
};

struct page {
        FILE *out;
        const struct summary_options *options;
        const struct audit *audit;
        const struct audit_run *run;
        struct summary_lists lists;
        struct view views[SUMMARY_SECTIONS];
        struct line line;
        size_t rows; /* written so far */
        char buf[LINE_SIZE];
};

/* ---- lines ---- */

static struct line *begin(struct page *page)
{
        line_init(&page->line, page->buf, sizeof(page->buf));
        return &page->line;
}

/* Write the line, its first coloured bytes in colour. The screen breaks long ones. */
static void end(struct page *page, const char *colour, size_t coloured)
{
        size_t len = page->line.len, columns = page->options->columns;

        if (!page->options->colour || !colour)
                coloured = 0;
        page->rows += columns > 0 && len > 0 ? (len + columns - 1) / columns : 1;
        if (!page->out)
                return;
        line_finish(&page->line);
        if (coloured > 0) {
                fputs(colour, page->out);
                fwrite(page->buf, 1, coloured, page->out);
                fputs("\033[0m", page->out);
        }
        fwrite(page->buf + coloured, 1, len + 1 - coloured, page->out);
}

static void write_verdict(struct page *page)
{
        bool look = page->lists.of[SECTION_LOOK].n > 0;
        const char *colour = page->run->refused || look ? YELLOW : BOLD;

        summary_put_verdict(begin(page), page->audit, &page->lists);
        end(page, page->run->refused && !page->run->permissive ? RED : colour, page->line.len);
}

/* ---- sections ---- */

/* A column of width 0 has nothing in it and is left out. */
static void measure(struct page *page, struct view *view, const struct summary_cell *cells)
{
        for (size_t c = 0; c < SUMMARY_CELLS && cells[c].put; c++) {
                view->widths[c] = 0;
                for (size_t i = 0; i < view->n; i++) {
                        struct line *line = begin(page);
                        size_t width;

                        cells[c].put(line, &view->lines[i]);
                        width = line->len <= CELL_WIDTH_MAX ? line->len : 1;
                        if (width > view->widths[c])
                                view->widths[c] = width;
                }
        }
}

/* Lay out the entries on at most budget lines, where they fold. */
static void lay_out(struct page *page, enum summary_section section, size_t budget)
{
        const struct summary_list *list = &page->lists.of[section];
        struct view *view = &page->views[section];

        view->n = fold_paths(view->paths, list->n, section_words[section].folds ? budget : list->n,
                             view->folds, view->line_of);
        for (size_t i = 0; i < view->n; i++)
                view->lines[i] = (struct summary_line){
                        .entry = &list->entries[view->folds[i].first], .fold = view->folds[i]};
        for (size_t i = 0; i < list->n; i++)
                summary_totals_add(&view->lines[view->line_of[i]].totals, &list->entries[i]);
        measure(page, view, summary_cells[section]);
}

static size_t put_cells(struct page *page, const struct view *view,
                        const struct summary_cell *cells, const struct summary_line *shown)
{
        struct line *line = begin(page);
        size_t from, len;

        line_str(line, "  ");
        for (size_t c = 0; c < SUMMARY_CELLS && cells[c].put; c++) {
                if (view->widths[c] == 0)
                        continue;
                from = line->len;
                cells[c].put(line, shown);
                len = line->len - from;
                if (cells[c].right && len < view->widths[c]) {
                        line->len = from;
                        line_pad(line, from, view->widths[c] - len);
                        cells[c].put(line, shown);
                }
                line_pad(line, from, view->widths[c] + 1);
                line_str(line, " ");
        }
        return line->len;
}

static void write_heading(struct page *page, enum summary_section section)
{
        const struct section_words *words = &section_words[section];
        const struct summary_list *list = &page->lists.of[section];
        struct line *line = begin(page);
        uint64_t calls = 0;

        for (size_t i = 0; i < list->n; i++)
                calls += list->entries[i].count;
        line_str(line,
                 page->run->permissive && words->permissive ? words->permissive : words->title);
        line_str(line, " (");
        if (section == SECTION_LOOK || section == SECTION_READ)
                calls = list->n;
        line_u64(line, calls + list->marked);
        if (list->marked > 0) {
                line_str(line, ", ");
                line_u64(line, list->marked);
                line_str(line, " of them above");
        }
        line_str(line, ")");
        end(page, BOLD, line->len);
}

static void write_section(struct page *page, enum summary_section section)
{
        const struct view *view = &page->views[section];
        bool programs = section == SECTION_ELSEWHERE || section == SECTION_PROGRAMS;

        if (view->n == 0)
                return;
        write_heading(page, section);
        for (size_t i = 0; i < view->n; i++) {
                size_t cells = put_cells(page, view, summary_cells[section], &view->lines[i]);

                summary_put_place(&page->line, &view->lines[i], programs);
                end(page, section_words[section].colour, cells);
        }
}

/* Of each such line only if there is something to say. */
static void write_last(struct page *page, const char *colour)
{
        if (page->line.len > 0)
                end(page, colour, page->line.len);
}

/* ---- the page ---- */

static void write_page(struct page *page, FILE *out)
{
        page->out = out;
        page->rows = 0;
        write_verdict(page);
        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                write_section(page, i);
        summary_put_unknown(begin(page), page->audit, &page->lists);
        write_last(page, NULL);
        summary_put_sums(begin(page), page->audit);
        write_last(page, NULL);
        summary_put_dropped(begin(page), page->audit);
        write_last(page, RED);
}

/* Share lines among the sections that fold. Where no screen has to be filled, none gets many. */
static void lay_out_all(struct page *page, size_t lines)
{
        size_t most = page->options->rows > 0 ? SIZE_MAX : SECTION_LINES;
        size_t shares[SUMMARY_SECTIONS] = {0};

        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                if (section_words[i].folds)
                        shares[i] = page->lists.of[i].n < most ? page->lists.of[i].n : most;
        fold_share(shares, SUMMARY_SECTIONS, lines, shares);
        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                lay_out(page, i, shares[i]);
}

/* Write it to nowhere. */
static size_t rows_needed(struct page *page)
{
        write_page(page, NULL);
        return page->rows;
}

/* Show as much as fits, with one row left for the prompt. What may not fold may need more. */
static void fit(struct page *page)
{
        size_t rows = page->options->rows - 1;
        size_t least = 0, most = LINES_PER_ROW * (rows + 1);

        while (least < most) {
                size_t middle = (least + most + 1) / 2;

                lay_out_all(page, middle);
                if (rows_needed(page) <= rows)
                        least = middle;
                else
                        most = middle - 1;
        }
        lay_out_all(page, least);
}

static void view_init(struct view *view, const struct summary_list *list)
{
        view->lines = xcalloc(list->n + 1, sizeof(*view->lines));
        view->folds = xcalloc(list->n + 1, sizeof(*view->folds));
        view->paths = xcalloc(list->n + 1, sizeof(*view->paths));
        view->line_of = xcalloc(list->n + 1, sizeof(*view->line_of));
        for (size_t i = 0; i < list->n; i++)
                view->paths[i] = list->entries[i].path;
}

static void view_fini(struct view *view)
{
        free(view->lines);
        free(view->folds);
        free(view->paths);
        free(view->line_of);
}

void summary_write(FILE *out, const struct audit *audit, const struct summary_options *options)
{
        struct page *page = xcalloc(1, sizeof(*page));

        page->options = options;
        page->audit = audit;
        page->run = audit_run(audit);
        summary_lists_init(&page->lists, audit, options->path);
        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                view_init(&page->views[i], &page->lists.of[i]);
        if (options->rows > 0)
                fit(page);
        else
                lay_out_all(page, SIZE_MAX);
        write_page(page, out);
        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                view_fini(&page->views[i]);
        summary_lists_fini(&page->lists);
        free(page);
}
