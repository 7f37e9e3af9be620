"use strict";
/* model.js: the run as it was collected, and what of it is shown. Touches nothing of the page. */

/* What is said of a path: a set. In the order in which the page offers them. */
const KIND = {changed: 1, refused: 2, vain: 4, read: 8, run: 16, connected: 32, other: 64};
const CHANGES = ["created", "modified", "deleted", "renamed", "linked", "attributes"];
const NONE = -1;

/* A way is how a path was touched: three words, of the call, its flags and its error, and these numbers. */
const WAY = ["rule", "error", "asks", "asksTo", "class", "action", "would"];
const WAY_WORDS = 3;

/* A name of the command's is text, or, where its bytes are not UTF-8, text and hexadecimal. */
const textOf = (name) => typeof name === "string" ? name : name[0];
const hexOf = (name) => typeof name === "string" ? "" : name[1];

function bytesAsText(hex) {
    const bytes = new Uint8Array(hex.length / 2);
    for (let i = 0; i < bytes.length; i++)
        bytes[i] = parseInt(hex.substr(2 * i, 2), 16);
    return new TextDecoder().decode(bytes);
}

/* The components of a path that is not UTF-8: each by itself as text or [text, hexadecimal]. */
function componentsOf(hex) {
    const parts = [""];
    for (let i = 0; i < hex.length; i += 2) {
        if (hex.substr(i, 2) === "2f")
            parts.push("");
        else
            parts[parts.length - 1] += hex.substr(i, 2);
    }
    return parts.map((part) => {
        const text = bytesAsText(part);
        return text.includes("\ufffd") ? [text, part] : text;
    });
}

/* The tree of names. Nodes are numbers; a parent's is less than its children's. */
class Names {
    constructor() {
        this.name = [];
        this.parent = [];
        this.full = []; // of a node whose name was touched, else undefined
        this.byKey = new Map();
        this.root = this.add(NONE, "/", "/");
        this.groups = new Map();
    }

    add(parent, name, key) {
        const node = this.name.length;
        this.name.push(name);
        this.parent.push(parent);
        this.full.push(undefined);
        this.byKey.set(key, node);
        return node;
    }

    /* What is no path of the file system stands below a heading. */
    group(heading) {
        if (!this.groups.has(heading))
            this.groups.set(heading, this.add(NONE, heading, "\0group " + heading));
        return this.groups.get(heading);
    }

    /* The node of a directory, or of a path, whose key is its text. */
    below(key) {
        const known = this.byKey.get(key);
        if (known !== undefined)
            return known;
        const cut = key.lastIndexOf("/");
        return this.add(this.directory(key, cut), key.slice(cut + 1), key);
    }

    /* Of the name up to cut; mostly it is that of the name before. */
    directory(key, cut) {
        if (cut <= 0)
            return this.root;
        if (this.before?.length !== cut || !key.startsWith(this.before)) {
            const text = key.slice(0, cut);
            this.beforeNode = this.below(text);
            this.before = text;
        }
        return this.beforeNode;
    }

    /* Two names may look alike and differ in bytes: so the key has those. */
    belowExact(hex) {
        let node = this.root, key = "";
        for (const part of componentsOf(hex).slice(1)) {
            key += "/" + textOf(part) + (hexOf(part) && "\0" + hexOf(part));
            node = this.byKey.get(key) ?? this.add(node, part, key);
        }
        return node;
    }

    find(name) {
        const text = textOf(name);
        let node;
        if (text[0] !== "/") {
            const key = "\0" + text + "\0" + hexOf(name);
            const heading = text.startsWith("inet") ? "Internet" : "Other than files";
            node = this.byKey.get(key) ?? this.add(this.group(heading), name, key);
        } else {
            node = hexOf(name) ? this.belowExact(hexOf(name)) : this.below(text);
        }
        this.full[node] ??= name;
        return node;
    }

    /* Also of a directory that nobody touched. */
    fullName(node) {
        if (this.full[node] !== undefined || node === this.root || this.parent[node] === NONE)
            return this.full[node] ?? this.name[node];
        let text = "";
        for (let at = node; at !== this.root; at = this.parent[at])
            text = "/" + textOf(this.name[at]) + text;
        return text;
    }
}

class Model {
    constructor(data) {
        this.data = data;
        this.run = data.run;
        this.names = new Names();
        this.readTouches(data.touches);
        this.readChanges(data.changes);
        this.classify();
        this.readProcesses(data.processes);
        this.link();
        this.sorted = new Map();
        this.lower = null;
    }

    readTouches(touches) {
        const nodes = this.nodes = Int32Array.from(this.data.paths, (path) => this.names.find(path));
        const n = touches.path.length;
        const {ways} = this.data;
        this.touch = {};
        for (const column of ["process", "way"])
            this.touch[column] = new Int32Array(touches[column]);
        for (const column of ["count", "bytes"])
            this.touch[column] = new Float64Array(touches[column]);
        WAY.forEach((column, i) => {
            const values = Int32Array.from(ways, (way) => way[i + WAY_WORDS]);
            this.touch[column] = this.touch.way.map((way) => values[way]);
        });
        this.touch.first = new Float64Array(n);
        this.touch.last = new Float64Array(n);
        this.touch.node = new Int32Array(n);
        this.touch.to = new Int32Array(n);
        for (let t = 0; t < n; t++) {
            const to = touches.to[t];
            this.touch.node[t] = touches.path[t] === NONE ? NONE : nodes[touches.path[t]];
            // The text of a symbolic link is no name that was touched.
            this.touch.to[t] = to === NONE || !this.touch.asksTo[t] ? NONE : nodes[to];
            this.touch.first[t] = touches.after[t] + (t > 0 ? this.touch.first[t - 1] : 0);
            this.touch.last[t] = this.touch.first[t] + touches.lasted[t];
        }
        this.touch.toText = touches.to;
        this.touches = n;
    }

    readChanges(changes) {
        this.changeOf = new Map(); // node -> change
        this.goneTo = new Map();   // node -> the change that took it elsewhere
        const state = (values) => values.length > 0 ? values : null;
        this.changes = changes.map(([kind, path, from, target, before, after, attributes, mark, rank]) => ({
            kind: this.data.kinds[kind], node: this.names.find(path), from, target, before: state(before),
            after: state(after), attributes, mark, rank,
            fromNode: from ? this.names.find(from) : NONE,
        }));
        for (const change of this.changes) {
            if (!this.changeOf.has(change.node)) // renamed comes before modified
                this.changeOf.set(change.node, change);
            if (change.kind === "renamed")
                this.goneTo.set(change.fromNode, change);
        }
    }

    changed(node) {
        return this.changeOf.has(node) || this.goneTo.has(node);
    }

    /* For each touch what it makes of its path, and of its second one. */
    classify() {
        const {touch} = this;
        const bit = (name) => 1 << this.data.classes.indexOf(name);
        const change = bit("write") | bit("create") | bit("delete") | bit("attr");
        const isChanged = new Uint8Array(this.names.name.length);
        for (let node = 0; node < isChanged.length; node++)
            isChanged[node] = this.changed(node) ? 1 : 0;
        const kinds = (asks, node, ran, failed) => {
            if (!ran)
                return 0;
            return (asks & change ? isChanged[node] && !failed ? KIND.changed : KIND.vain : 0) |
                (asks & bit("read") ? KIND.read : 0) | (asks & bit("exec") ? KIND.run : 0) |
                (asks & bit("connect") ? KIND.connected : 0) |
                (asks & (bit("output") | bit("process")) ? KIND.other : 0);
        };
        const refusing = this.data.actions.map((action) => action === "deny" || action === "kill");
        touch.kinds = new Uint8Array(this.touches);
        touch.kindsTo = new Uint8Array(this.touches);
        touch.refused = new Uint8Array(this.touches); // or would have been
        for (let t = 0; t < this.touches; t++) {
            const ran = !refusing[touch.action[t]];
            const refused = !ran || refusing[touch.would[t]] ? KIND.refused : 0;
            touch.refused[t] = refused ? 1 : 0;
            const asks = touch.asks[t] || 1 << touch.class[t];
            if (touch.node[t] !== NONE)
                touch.kinds[t] = kinds(asks, touch.node[t], ran, touch.error[t] > 0) | refused;
            if (touch.to[t] !== NONE)
                touch.kindsTo[t] = kinds(touch.asksTo[t], touch.to[t], ran, touch.error[t] > 0) | refused;
        }
    }

    readProcesses(processes) {
        this.processes = processes.map(([pid, parent, program, comm, began, ended, status, written], id) => ({
            id, pid, parent, program, comm, began, ended, status, written, kids: [], calls: 0, refused: 0, programs: [],
        }));
        this.firstProcesses = [];
        for (const process of this.processes)
            (this.processes[process.parent]?.kids ?? this.firstProcesses).push(process.id);
        this.data.programs.forEach((program) => this.processes[program[0]]?.programs.push(program));
        for (let t = 0; t < this.touches; t++) {
            const process = this.processes[this.touch.process[t]];
            if (process) {
                process.calls += this.touch.count[t];
                process.refused += this.touch.refused[t] * this.touch.count[t];
            }
        }
    }

    /* A process and all that come of it. */
    family(id, children) {
        const inside = new Uint8Array(this.processes.length);
        const todo = [id];
        while (todo.length > 0) {
            const at = todo.pop();
            inside[at] = 1;
            for (const kid of children ? this.processes[at].kids : [])
                todo.push(kid);
        }
        return inside;
    }

    /* Children as a list of siblings. */
    link() {
        const {parent} = this.names;
        const n = parent.length;
        this.firstKid = new Int32Array(n).fill(NONE);
        this.nextKid = new Int32Array(n).fill(NONE);
        for (let node = n - 1; node >= 0; node--) {
            if (parent[node] === NONE)
                continue;
            this.nextKid[node] = this.firstKid[parent[node]];
            this.firstKid[parent[node]] = node;
        }
        this.kinds = new Uint8Array(n);
        this.refused = new Float64Array(n);
        this.counts = {paths: new Int32Array(n), refused: new Int32Array(n)};
        for (const kind of CHANGES)
            this.counts[kind] = new Int32Array(n);
    }

    /* filter: {kinds, family, from, to, words}; kinds 0, family null, no words: all. */
    apply(filter) {
        const {touch} = this;
        this.kinds.fill(0);
        this.refused.fill(0);
        for (let t = 0; t < this.touches; t++) {
            if (!this.passes(t, filter))
                continue;
            this.note(touch.node[t], touch.kinds[t], touch.count[t]);
            this.note(touch.to[t], touch.kindsTo[t], touch.count[t]);
        }
        // A program ran, whether or not a rule made its exec a touch.
        for (const [process, path, time] of this.data.programs)
            if (path !== NONE && time >= filter.from && time <= filter.to && (!filter.family || filter.family[process]))
                this.note(this.nodes[path], KIND.run, 0);
        // A change that came about by no call on that name is nobody's, and has no time.
        if (filter.from === 0 && filter.to === Infinity && !filter.family)
            for (const node of [...this.changeOf.keys(), ...this.goneTo.keys()])
                this.kinds[node] |= KIND.changed;
        this.select(filter);
    }

    note(node, kinds, count) {
        if (node === NONE)
            return;
        this.kinds[node] |= kinds;
        if (kinds & KIND.refused)
            this.refused[node] += count;
    }

    /* How many paths there are of each kind, before and after the choice of kinds, and below each node. */
    select(filter) {
        const {kinds, counts} = this;
        this.offered = new Int32Array(Math.max(...Object.values(KIND)) + 1); // by kind
        for (const column of Object.values(counts))
            column.fill(0);
        this.matchWords(filter.words);
        for (let node = 0; node < kinds.length; node++) {
            if (!kinds[node] || (this.matching && !this.matching[node]))
                continue;
            for (let bit = 1; bit < this.offered.length; bit <<= 1)
                if (kinds[node] & bit)
                    this.offered[bit]++;
            if (!filter.kinds || kinds[node] & filter.kinds)
                this.count(node);
        }
        this.sum();
    }

    count(node) {
        const {counts} = this;
        counts.paths[node] = 1;
        for (const column of this.columnsOf(node))
            counts[column][node] = 1;
    }

    /* Under which heads a node itself is counted. */
    columnsOf(node) {
        const change = this.kinds[node] & KIND.changed ? this.changeOf.get(node) : undefined;
        const columns = change ? [change.kind] : [];
        return this.kinds[node] & KIND.refused ? ["refused", ...columns] : columns;
    }

    sum() {
        const {parent} = this.names;
        this.own = this.counts.paths.slice();
        for (const column of Object.values(this.counts))
            for (let node = parent.length - 1; node >= 0; node--)
                if (parent[node] !== NONE)
                    column[parent[node]] += column[node];
        this.total = this.own.reduce((sum, one) => sum + one, 0);
    }

    /* Every word somewhere in the path, in small or large letters. */
    matchWords(words) {
        this.matching = null;
        if (words.length === 0)
            return;
        const {full} = this.names;
        this.lower ??= full.map((name) => name === undefined ? "" : textOf(name).toLowerCase());
        this.matching = Uint8Array.from(this.lower, (text) => words.every((word) => text.includes(word)) ? 1 : 0);
    }

    /* All children in the order of their names. */
    kids(node) {
        let kids = this.sorted.get(node);
        if (!kids) {
            kids = [];
            for (let kid = this.firstKid[node]; kid !== NONE; kid = this.nextKid[kid])
                kids.push(kid);
            const {name} = this.names;
            kids.sort((a, b) => textOf(name[a]) < textOf(name[b]) ? -1 : 1);
            this.sorted.set(node, kids);
        }
        return kids;
    }

    shownKids(node) {
        return this.kids(node).filter((kid) => this.counts.paths[kid] > 0);
    }

    passes(t, filter) {
        const {touch} = this;
        return touch.last[t] >= filter.from && touch.first[t] <= filter.to &&
            (!filter.family || filter.family[touch.process[t]] === 1);
    }

    /* Those of the touches of a path that the filter lets through, in their order. */
    touchesOf(node, filter) {
        const {touch} = this;
        const found = [];
        for (let t = 0; t < this.touches; t++)
            if ((touch.node[t] === node || touch.to[t] === node) && this.passes(t, filter))
                found.push(t);
        return found.sort((a, b) => touch.first[a] - touch.first[b]);
    }

    /* Who did how much at a node and below it: [{process, calls, refused}], the busiest first. */
    whoBelow(node, filter) {
        const {touch} = this, {parent} = this.names;
        const inside = new Uint8Array(parent.length);
        inside[node] = 1;
        for (let at = node + 1; at < parent.length; at++)
            inside[at] = parent[at] === NONE ? 0 : inside[parent[at]];
        const found = new Map();
        for (let t = 0; t < this.touches; t++) {
            if (!(inside[touch.node[t]] || inside[touch.to[t]]) || !this.passes(t, filter))
                continue;
            const who = found.get(touch.process[t]) ?? {process: touch.process[t], calls: 0, refused: 0};
            who.calls += touch.count[t];
            who.refused += touch.refused[t] * touch.count[t];
            found.set(touch.process[t], who);
        }
        return [...found.values()].sort((a, b) => b.calls - a.calls);
    }

    /* Files that were read and are nobody else's business: [{node, mark}]. */
    secretsRead() {
        const read = new Uint8Array(this.names.name.length);
        for (let t = 0; t < this.touches; t++)
            if (this.touch.kinds[t] & KIND.read && this.touch.error[t] <= 0)
                read[this.touch.node[t]] = 1;
        return this.data.secrets.map(([path, mark]) => ({node: this.nodes[path], mark}))
            .filter(({node}) => read[node]);
    }

    /* What was refused, one for each path, class and rule; the most frequent first. */
    refusals() {
        const {touch} = this;
        const found = new Map();
        for (let t = 0; t < this.touches; t++) {
            if (!touch.refused[t])
                continue;
            const key = `${touch.node[t]} ${touch.class[t]} ${touch.rule[t]}`;
            const known = found.get(key);
            if (known)
                known.count += touch.count[t];
            else
                found.set(key, {touch: t, count: touch.count[t]});
        }
        return [...found.values()].sort((a, b) => b.count - a.count);
    }
}
