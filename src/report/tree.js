"use strict";
/* tree.js: a tree of which only the rows in sight are in the page. Keys as in the tree pattern of the ARIA
 * Authoring Practices.
 *
 * What it shows it asks of its source: roots(), kids(item), row(item, top, open) -> {name, rest} of nodes;
 * chain(item) -> the item that is shown in its place because it is all that there is to it; text(item) for
 * type-ahead. */

const ROW = 26; // pixels, as --row in page.css
const BEYOND = 8; // rows drawn above and below what is in sight
const UNFOLDED_AT_ONCE = 20000;

class Tree {
    constructor(box, source) {
        this.box = box;
        this.source = source;
        this.open = new Set();
        this.rows = [];
        this.at = 0; // index of the row that has the focus
        this.onselect = this.onenter = () => {};
        this.sheet = element("div", {className: "sheet", role: "none"});
        this.box.append(this.sheet);
        this.box.addEventListener("scroll", () => this.draw(), {passive: true});
        this.box.addEventListener("keydown", (event) => this.key(event));
        this.box.addEventListener("click", (event) => this.click(event));
        this.box.addEventListener("dblclick", () => this.onenter(this.item()));
        new ResizeObserver(() => this.draw()).observe(this.box);
    }

    item() {
        return this.rows[this.at]?.item;
    }

    /* The rows from what is unfolded; the focus stays where it was, or on what it is below. */
    layout() {
        const before = this.item();
        this.rows = [];
        this.place(this.source.roots(), 1, NONE);
        this.at = Math.max(0, this.rows.findIndex((row) => row.item === before));
        this.sheet.style.height = `${this.rows.length * ROW}px`;
        this.draw();
    }

    place(items, level, parent) {
        items.forEach((top, i) => {
            const item = this.source.chain(top);
            const kids = this.source.kids(item);
            const open = kids.length > 0 ? this.open.has(item) : null;
            const row = this.rows.length;
            this.rows.push({item, top, level, parent, open, position: i + 1, siblings: items.length});
            if (open)
                this.place(kids, level + 1, row);
        });
    }

    draw() {
        if (this.box.clientHeight === 0)
            return;
        const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - BEYOND);
        const last = Math.min(this.rows.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW) + BEYOND);
        const drawn = [];
        for (let i = first; i < last; i++)
            drawn.push(this.drawRow(i));
        // The row with the focus is named by aria-activedescendant: it is always there.
        if (this.rows.length > 0 && (this.at < first || this.at >= last))
            drawn.push(this.drawRow(this.at));
        this.sheet.replaceChildren(...drawn);
        if (this.rows.length > 0)
            this.box.setAttribute("aria-activedescendant", this.idOf(this.at));
        else
            this.box.removeAttribute("aria-activedescendant");
    }

    idOf(i) {
        return `${this.box.id}-${i}`;
    }

    drawRow(i) {
        const row = this.rows[i];
        const {name, rest} = this.source.row(row.item, row.top, row.open);
        const made = element("div", {id: this.idOf(i), className: "row", role: "treeitem"},
            element("span", {className: "twist", ariaHidden: "true"}, row.open === null ? "" : row.open ? "▾" : "▸"),
            element("span", {className: "name"}, name), element("span", {className: "rest"}, ...rest));
        made.style.top = `${i * ROW}px`;
        made.style.paddingInlineStart = `${(Math.min(row.level, 24) - 1) * 1.1 + 0.4}em`;
        made.setAttribute("aria-level", row.level);
        made.setAttribute("aria-posinset", row.position);
        made.setAttribute("aria-setsize", row.siblings);
        made.setAttribute("aria-selected", i === this.at);
        if (row.open !== null)
            made.setAttribute("aria-expanded", row.open);
        return made;
    }

    /* Give row i the focus and bring it into sight. */
    go(i) {
        if (this.rows.length === 0)
            return;
        this.at = Math.max(0, Math.min(i, this.rows.length - 1));
        const top = this.at * ROW;
        if (top < this.box.scrollTop)
            this.box.scrollTop = top;
        else if (top + ROW > this.box.scrollTop + this.box.clientHeight)
            this.box.scrollTop = top + ROW - this.box.clientHeight;
        this.draw();
        this.onselect(this.item());
    }

    toggle(i, open) {
        const row = this.rows[i];
        if (!row || row.open === null || row.open === open)
            return;
        if (open)
            this.open.add(row.item);
        else
            this.open.delete(row.item);
        this.layout();
    }

    /* Unfold all below these items, as long as there are not too many; fold all. */
    unfold(items) {
        let left = UNFOLDED_AT_ONCE;
        const todo = [...items].reverse();
        while (todo.length > 0 && left-- > 0) {
            const item = this.source.chain(todo.pop());
            const kids = this.source.kids(item);
            if (kids.length > 0)
                this.open.add(item);
            for (const kid of kids.reverse()) // may be too many for one push()
                todo.push(kid);
        }
        this.layout();
    }

    /* From the top, level by level, as long as there are at most so many rows. */
    unfoldSome(most) {
        const todo = [...this.source.roots()];
        let rows = todo.length;
        for (let i = 0; i < todo.length; i++) {
            const item = this.source.chain(todo[i]);
            const kids = this.source.kids(item);
            if (kids.length === 0 || rows + kids.length > most)
                continue;
            rows += kids.length;
            this.open.add(item);
            todo.push(...kids);
        }
        this.layout();
    }

    fold() {
        this.open.clear();
        this.layout();
        this.go(0);
    }

    click(event) {
        const made = event.target.closest(".row");
        if (!made)
            return;
        const i = Number(made.id.slice(this.box.id.length + 1));
        this.go(i);
        if (event.target.closest(".twist"))
            this.toggle(i, !this.rows[i].open);
    }

    key(event) {
        if (event.ctrlKey || event.altKey || event.metaKey)
            return;
        const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
        const row = this.rows[this.at];
        const keys = {
            ArrowDown: () => this.go(this.at + 1),
            ArrowUp: () => this.go(this.at - 1),
            PageDown: () => this.go(this.at + page),
            PageUp: () => this.go(this.at - page),
            Home: () => this.go(0),
            End: () => this.go(this.rows.length - 1),
            ArrowRight: () => row?.open ? this.go(this.at + 1) : this.toggle(this.at, true),
            ArrowLeft: () => row?.open || row?.parent === NONE ? this.toggle(this.at, false) : this.go(row.parent),
            " ": () => this.toggle(this.at, !row?.open),
            Enter: () => this.enter(),
            "*": () => row && this.unfold([row.item]),
        };
        const act = keys[event.key] ?? (event.key.length === 1 && event.key !== "/" ? () => this.seek(event.key) : null);
        if (!act)
            return;
        event.preventDefault();
        act();
    }

    enter() {
        const row = this.rows[this.at];
        if (row && !this.onenter(row.item))
            this.toggle(this.at, !row.open);
    }

    /* Type-ahead: the next row whose name begins so. */
    seek(letter) {
        const now = Date.now();
        this.typed = now - (this.typedAt ?? 0) < 700 ? this.typed + letter : letter;
        this.typedAt = now;
        const word = this.typed.toLowerCase();
        const start = this.at + (word.length === 1 ? 1 : 0);
        for (let i = 0; i < this.rows.length; i++) {
            const at = (start + i) % this.rows.length;
            if (this.source.text(this.rows[at].item, this.rows[at].top).toLowerCase().startsWith(word))
                return this.go(at);
        }
    }

    /* Unfold what is above item, and go there. Returns false if it is not shown. */
    reveal(item, above) {
        for (const at of above)
            this.open.add(at);
        this.layout();
        const i = this.rows.findIndex((row) => row.item === item);
        if (i < 0)
            return false;
        this.box.scrollTop = Math.max(0, i * ROW - this.box.clientHeight / 3);
        this.go(i);
        return true;
    }
}
