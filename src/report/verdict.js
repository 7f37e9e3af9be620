"use strict";
/* verdict.js: what a reader has to know first, on the screen and on paper. */

const FIRST_LINES = 6;
const MORE_LINES = 500;
const PAPER_LINES = 5000;

/* "created 3, deleted 1", or nothing. */
function effectText(model) {
    const counts = CHANGES.map((kind) => [kind, model.changes.filter((change) => change.kind === kind).length])
        .filter(([, n]) => n > 0);
    const words = counts.map(([kind, n]) => kind === "attributes" ? `attributes of ${grouped(n)} changed` :
        `${grouped(n)} ${kind}`);
    const {temporary, unseen} = model.run;
    const unknown = (model.run.unknown ? "Not all that changes something was recorded. " : "") +
        (model.run.unlooked ? "Changes were not looked at, for the run was not ended: this is what calls tell. " : "");
    const none = model.run.unlooked ? "No call tells of one." : "No file or directory was changed.";
    return unknown + (words.length > 0 ? `Files and directories: ${words.join(", ")}.` : none) +
        (temporary ? ` ${counted(temporary, "name was", "names were")} made and taken away again.` : "") +
        (unseen ? ` ${counted(unseen, "name")} could not be looked at: told as the calls asked.` : "");
}

function verdictText({refused, permissive}) {
    const would = permissive ? "would have been" : refused === 1 ? "was" : "were";
    return refused === 0 ? `Nothing ${permissive ? "would have been" : "was"} refused` :
        `${counted(refused, "call")} ${would} refused`;
}

function warningText({dropped, ended}) {
    return [dropped ? `${counted(dropped, "record is", "records are")} missing here: there were more than the limit.` : "",
        ended ? "" : "The end of the run was not recorded."].filter((text) => text).join(" ");
}

function endOf({ended, status}) {
    return !ended ? "unknown" : String(status);
}

function factsOf(model) {
    const {run} = model;
    const policies = run.policies.map((file) => element("div", {}, pathElement(file)));
    return [["Exit status", endOf(run)], ["Took", duration(run.lasted)], ["Began", run.began.replace("T", " ").replace("Z", " UTC")],
        ["Calls", grouped(run.calls)], ["Host", run.host ? nameElement(run.host) : null],
        ["Directory", run.cwd ? pathElement(run.cwd) : null],
        ["Mode", run.permissive ? "permissive: nothing is refused" : "enforced"],
        ["Policy", policies.length > 0 ? element("div", {}, ...policies) : "built in"]];
}

/* The lists of what nobody must overlook: [heading, items, item -> its line, item -> its node or null]. */
function notableLists(model) {
    const {touch, data} = model;
    const refusals = model.refusals();
    const marked = model.changes.filter((change) => change.mark).sort((a, b) => a.rank - b.rank);
    const deleted = model.changes.filter((change) => change.kind === "deleted");
    return [
        {title: model.run.permissive ? "Would have been refused" : "Refused", className: "is-refused", items: refusals,
            count: counted(model.run.refused, "call"), node: ({touch: t}) => touch.node[t],
            say: ({touch: t, count}) => [data.classes[touch.class[t]], data.rules[touch.rule[t]] !== undefined ?
                element("code", {}, nameElement(data.rules[touch.rule[t]])) : null, count > 1 ? `${grouped(count)} times` : null]},
        {title: "Marked", className: "is-marked", items: marked, node: (change) => change.node,
            say: (change) => [element("span", {className: "is-marked"}, change.mark), change.kind]},
        {title: "Read", className: "is-marked", items: model.secretsRead(), node: ({node}) => node,
            say: ({mark}) => [element("span", {className: "is-marked"}, mark)]},
        {title: "Deleted", className: "is-deleted", items: deleted, node: (change) => change.node,
            say: (change) => change.before ? [typeOf(change.before[0]),
                change.before[0] >> 12 === 0o10 ? byteCount(change.before[3]) : null] : []},
    ].filter((list) => list.items.length > 0);
}

const titleOf = ({title, count, items}) => `${title} (${count ?? grouped(items.length)})`;

function notableLine(model, list, item, go) {
    const node = list.node(item);
    const path = node === NONE ? element("span", {className: "quiet"}, "no path") : pathElement(model.names.fullName(node));
    const line = element("li", {});
    if (go && node !== NONE) {
        const button = element("button", {type: "button", className: "link"}, path);
        button.addEventListener("click", () => go(node));
        line.append(button);
    } else {
        line.append(path);
    }
    line.append(...list.say(item).filter((part) => part !== null).flatMap((part) => [" ", element("span", {className: "note"}, part)]));
    return line;
}

/* The first of a list, and a button for more: none is out of reach. */
function notableList(model, list, go) {
    const lines = element("ul", {});
    const more = element("button", {type: "button"});
    let done = 0;
    const add = (n) => {
        lines.append(...list.items.slice(done, done + n).map((item) => notableLine(model, list, item, go)));
        done = Math.min(done + n, list.items.length);
        more.hidden = done === list.items.length;
        more.textContent = `Show ${grouped(list.items.length - done)} more`;
    };
    add(FIRST_LINES);
    more.addEventListener("click", () => {
        add(MORE_LINES);
        lines.tabIndex = 0; // it scrolls now
    });
    return element("div", {className: "list"},
        element("h3", {className: list.className}, titleOf(list)), lines, more);
}

/* On paper the trees are plain lists. */
function fillPaper(model, box) {
    if (box.childElementCount > 0)
        return;
    const others = model.changes.filter((change) => change.kind !== "deleted");
    const lists = [...notableLists(model).filter((list) => list.title !== "Marked"),
        {title: "Created, modified, renamed, linked, attributes", className: "", items: others, node: (change) => change.node,
            say: (change) => [change.kind === "renamed" ? element("span", {}, "renamed from ", pathElement(change.from)) :
                change.kind, change.mark ? element("span", {className: "is-marked"}, change.mark) : null]}];
    for (const list of lists.filter(({items}) => items.length > 0)) {
        const left = list.items.length - PAPER_LINES;
        box.append(element("h2", {}, titleOf(list)),
            element("ul", {}, ...list.items.slice(0, PAPER_LINES).map((item) => notableLine(model, list, item, null))));
        if (left > 0)
            box.append(element("p", {}, `And ${grouped(left)} more, which are not printed.`));
    }
}
