"use strict";
/* details.js: all that is known of one path or one process. */

const LINES_AT_ONCE = 200;
const WHO_AT_ONCE = 25;

/* A table of which a button shows more. */
function longTable(heads, items, rowOf, most = LINES_AT_ONCE) {
    const body = element("tbody");
    const more = element("button", {type: "button"});
    let done = 0;
    const add = () => {
        const part = items.slice(done, done + most);
        body.append(...part.map((item) => element("tr", {}, ...rowOf(item).map((cell) => element("td", {}, cell)))));
        done += part.length;
        more.textContent = `Show more: ${grouped(items.length - done)} are left`;
        more.hidden = done >= items.length;
    };
    more.addEventListener("click", add);
    add();
    return element("div", {className: "wide"}, element("table", {},
        element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {scope: "col"}, head)))), body), more);
}

function definitions(pairs) {
    return element("dl", {}, ...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
        .flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
}

class Details {
    constructor(box, page) {
        this.box = box;
        this.page = page;
        this.model = page.model;
    }

    show(...children) {
        this.box.replaceChildren(...children.filter((child) => child));
        this.box.scrollTop = 0;
    }

    none() {
        this.show(element("p", {className: "quiet"}, "Nothing is left by these filters."));
    }

    path(node) {
        const {model} = this;
        const name = model.names.fullName(node);
        const touches = model.touchesOf(node, this.page.filter);
        this.show(element("h2", {}, pathElement(name)),
            hexOf(name) ? definitions([["Bytes", element("code", {className: "hex"}, hexOf(name))]]) : null,
            this.change(node), this.below(node),
            touches.length > 0 ? element("h3", {}, "Who did what") : null,
            touches.length > 0 ? this.touchTable(node, touches) : null);
    }

    change(node) {
        const {model} = this;
        const gone = model.goneTo.get(node);
        const change = model.changeOf.get(node);
        if (!change)
            return gone ? element("p", {}, "Renamed to ", this.link(gone.node), ".") : null;
        const words = {created: "Created.", modified: "Modified: other content than before.", deleted: "Deleted.",
            renamed: "Renamed from ", linked: "A second name of ", attributes: "The same content, other attributes."};
        const from = change.fromNode === NONE ? null : this.link(change.fromNode);
        const attributes = change.attributes.length > 0 ? `Differs in ${change.attributes.join(", ")}.` : null;
        return element("div", {}, element("p", {}, words[change.kind], from, from ? "." : null, " ", attributes),
            change.mark ? element("p", {className: "is-marked"}, change.mark) : null,
            change.target ? element("p", {}, "A symbolic link to ", pathElement(change.target)) : null,
            this.states(change));
    }

    states({before, after}) {
        if (!before && !after)
            return null;
        const of = [before, after];
        const rows = [["Type", (state) => typeOf(state[0])], ["Mode", (state) => modeText(state[0])],
            ["Owner", (state) => `${state[1]}:${state[2]}`], ["Size", (state) => byteCount(state[3])]];
        const cell = (state, say) => element("td", {}, state ? say(state) : "–");
        return element("table", {className: "states"},
            element("thead", {}, element("tr", {}, element("td"), element("th", {scope: "col"}, "Before"),
                element("th", {scope: "col"}, "After"))),
            element("tbody", {}, ...rows.map(([head, say]) => {
                const differs = before && after && say(before) !== say(after);
                return element("tr", {className: differs ? "differs" : ""}, element("th", {scope: "row"}, head),
                    ...of.map((state) => cell(state, say)));
            })));
    }

    below(node) {
        const {model} = this;
        const n = model.counts.paths[node] - model.own[node];
        if (n <= 0)
            return null;
        const words = changesBelow(model, node);
        return element("div", {}, element("p", {}, `${counted(n, "path")} shown below`, words.length > 0 ? ": " : ".",
            ...words.flatMap((word, i) => i > 0 ? [", ", word] : [word])),
        element("h3", {}, "Who was there"),
        longTable(["Process", "Command", "Calls", "Refused"], model.whoBelow(node, this.page.filter),
            ({process, calls, refused}) => [this.processLink(process), this.commandOf(process), grouped(calls),
                refused ? element("span", {className: "is-refused"}, grouped(refused)) : ""], WHO_AT_ONCE));
    }

    touchTable(node, touches) {
        const {model} = this;
        const many = touches.some((t) => model.touch.count[t] > 1);
        const heads = ["When", "Process", "Call", "Result", "Rule"];
        return longTable(many ? [...heads, "Times"] : heads, touches, (t) => {
            const cells = [this.when(t), this.processLink(model.touch.process[t]), this.call(node, t),
                this.result(t), this.rule(t)];
            return many ? [...cells, grouped(model.touch.count[t])] : cells;
        });
    }

    when(t) {
        const {first, last} = this.model.touch;
        return duration(first[t]) + (duration(first[t]) === duration(last[t]) ? "" : ` to ${duration(last[t])}`);
    }

    call(node, t) {
        const {touch, data} = this.model;
        const other = touch.to[t] === NONE ? NONE : node === touch.node[t] ? touch.to[t] : touch.node[t];
        const text = other === NONE && touch.toText[t] !== NONE ? data.paths[touch.toText[t]] : null;
        const [name, flags] = data.ways[touch.way[t]];
        return element("span", {}, element("code", {}, name),
            ` ${data.classes[touch.class[t]]} `,
            element("span", {className: "quiet"}, flags.replaceAll("|", " ")),
            other === NONE ? null : element("span", {}, node === touch.node[t] ? " to " : " from ", this.link(other)),
            text === null ? null : element("span", {}, " that leads to ", pathElement(text)));
    }

    result(t) {
        const {touch, data} = this.model;
        const error = touch.error[t];
        const why = error > 0 ? data.ways[touch.way[t]][2] || `error ${error}` : "";
        if (touch.refused[t]) {
            const word = {deny: "refused", kill: "killed", discard: "discarded"};
            const action = word[data.actions[touch.action[t]]];
            return element("span", {className: "is-refused"},
                action ? `${action} ${why}` : `would be ${word[data.actions[touch.would[t]]]}`);
        }
        const bytes = touch.bytes[t] > 0 ? `, ${byteCount(touch.bytes[t])}` : "";
        return error === 0 ? `done${bytes}` : why || `allowed${bytes}`;
    }

    rule(t) {
        const rule = this.model.data.rules[this.model.touch.rule[t]];
        return rule === undefined ? "" : element("code", {}, nameElement(rule));
    }

    link(node) {
        const button = element("button", {type: "button", className: "link"}, pathElement(this.model.names.fullName(node)));
        button.addEventListener("click", () => this.page.goPath(node));
        return button;
    }

    processLink(id) {
        const process = this.model.processes[id];
        if (!process)
            return "";
        const button = element("button", {type: "button", className: "link"}, `${process.pid} `, nameElement(process.comm));
        button.addEventListener("click", () => this.page.goProcess(id));
        return button;
    }

    commandOf(id) {
        return this.model.processes[id] ? element("span", {className: "brief"}, this.page.processSource.command(id)) : "";
    }

    process(id) {
        const {model} = this;
        const process = model.processes[id];
        const only = element("button", {type: "button"}, "Show only the paths of this process");
        only.addEventListener("click", () => this.page.choose(id));
        this.show(element("h2", {}, element("span", {className: "pid"}, String(process.pid)), " ",
            this.page.processSource.command(id)),
            definitions([["Name", nameElement(process.comm)],
                ["Started by", process.parent === NONE ? "stopgate" : this.processLink(process.parent)],
                ["Began", duration(process.began)],
                ["Ended", process.status < 0 ? "not seen" : `${duration(process.ended)}, ${endText(process.status)}`],
                ["Calls", grouped(process.calls)], ["Refused", process.refused ? grouped(process.refused) : null],
                ["Written", process.written < 0 ? null : byteCount(process.written)]]),
            process.calls > 0 || process.kids.length > 0 ? only : null,
            process.programs.length > 0 ? element("h3", {}, "Programs") : null,
            process.programs.length > 0 ? longTable(["When", "Program", "Command"], process.programs,
                ([, path, time, argv]) => [duration(time), path === NONE ? "" : pathElement(model.data.paths[path]),
                    commandElement(argv)]) : null);
    }
}
