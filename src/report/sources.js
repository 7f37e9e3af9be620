"use strict";
/* sources.js: what the two trees show: paths and processes. */

/* "1 refused", "3 created", "1 deleted": what matters most comes first, for a row may be cut. */
function changesBelow(model, node) {
    const own = model.own[node] ? model.columnsOf(node) : [];
    const words = [];
    for (const column of ["refused", "deleted", ...CHANGES.filter((kind) => kind !== "deleted")]) {
        const n = model.counts[column][node] - (own.includes(column) ? 1 : 0);
        if (n > 0)
            words.push(element("span", {className: `is-${column}`}, `${grouped(n)} ${column}`));
    }
    return words;
}

/* What became of the path itself, in a word or some. */
function stateOf(model, node) {
    const kinds = model.kinds[node];
    const change = model.changeOf.get(node);
    const words = [];
    if (kinds & KIND.refused)
        words.push(element("span", {className: "is-refused"}, "refused" +
            (model.refused[node] > 1 ? ` ${grouped(model.refused[node])} times` : "")));
    if (change)
        words.push(element("span", {className: `is-${change.kind}`},
            change.kind === "attributes" ? change.attributes.join(", ") : change.kind));
    else if (model.goneTo.has(node))
        words.push(element("span", {className: "is-renamed"}, "renamed away"));
    if (change?.mark)
        words.unshift(element("span", {className: "is-marked"}, change.mark));
    if (words.length > 0)
        return words;
    const plain = [[KIND.run, "run"], [KIND.connected, "connected"], [KIND.vain, "no lasting change"],
        [KIND.read, "read"], [KIND.other, "used"]].find(([bit]) => kinds & bit);
    return plain ? [element("span", {}, plain[1])] : [];
}

class PathSource {
    constructor(model) {
        this.model = model;
    }

    roots() {
        const {names} = this.model;
        return [names.root, ...names.groups.values()].filter((node) => this.model.counts.paths[node] > 0);
    }

    kids(node) {
        return this.model.shownKids(node);
    }

    /* Directories that hold one other and were not touched themselves are one row. */
    chain(node) {
        const {model} = this;
        while (!model.own[node] && model.names.parent[node] !== NONE | node === model.names.root) {
            const kids = this.kids(node);
            if (kids.length !== 1 || this.kids(kids[0]).length === 0)
                break;
            node = kids[0];
        }
        return node;
    }

    /* The names from top down to node: parts of one row. */
    parts(node, top) {
        const {name, parent, root} = this.model.names;
        const parts = [];
        for (let at = node; at !== root; at = parent[at]) {
            parts.unshift(name[at]);
            if (at === top)
                break;
        }
        return top === root ? ["", ...parts] : parts;
    }

    row(node, top) {
        const {model} = this;
        const name = document.createDocumentFragment();
        const isTree = model.firstKid[node] !== NONE || model.changeOf.get(node)?.after?.[0] >> 12 === 0o4;
        const isHeading = model.names.parent[node] === NONE && node !== model.names.root;
        this.parts(node, top).forEach((part, i) => name.append(i > 0 ? "/" : "", nameElement(part)));
        if (isTree && !isHeading)
            name.append("/");
        const rest = model.own[node] ? stateOf(model, node) : [];
        if (this.kids(node).length > 0) {
            const below = changesBelow(model, node);
            if (rest.length > 0 && below.length > 0)
                rest.push(element("span", {}, "below:"));
            rest.push(...below, element("span", {className: "total"}, counted(model.counts.paths[node], "path")));
        }
        return {name, rest};
    }

    text(node, top) {
        return textOf(this.parts(node, top).find((part) => part !== "") ?? "/");
    }

    above(node) {
        const above = [];
        for (let at = this.model.names.parent[node]; at !== NONE; at = this.model.names.parent[at])
            above.push(at);
        return above;
    }
}

class ProcessSource {
    constructor(model) {
        this.model = model;
    }

    roots() {
        return this.model.firstProcesses;
    }

    kids(id) {
        return [...this.model.processes[id].kids];
    }

    chain(id) {
        return id;
    }

    /* What it ran last; a process that ran nothing goes by its name alone. */
    command(id) {
        const process = this.model.processes[id];
        const program = this.model.data.programs[process.program];
        if (program?.[3].length > 0)
            return commandElement(program[3]);
        return element("code", {className: "command"}, nameElement(process.comm));
    }

    row(id) {
        const process = this.model.processes[id];
        const name = element("span", {}, element("span", {className: "pid"}, String(process.pid)), " ",
            this.command(id));
        const rest = [];
        if (process.refused > 0)
            rest.push(element("span", {className: "is-refused"}, `${grouped(process.refused)} refused`));
        if (process.status > 0)
            rest.push(element("span", {}, endText(process.status)));
        rest.push(element("span", {className: "total"}, counted(process.calls, "call")));
        return {name, rest};
    }

    text(id) {
        return textOf(this.model.processes[id].comm);
    }

    above(id) {
        const above = [];
        for (let at = this.model.processes[id].parent; at !== NONE; at = this.model.processes[at].parent)
            above.push(at);
        return above;
    }
}
