"use strict";
/* page.js: the controls, and what they do. */

const byId = (id) => document.getElementById(id);
const UNFOLDED_FIRST = 400; // rows

const KIND_LABELS = [
    ["changed", "changed", "what differs from before the run"],
    ["refused", "refused", "what was refused, or would have been"],
    ["vain", "no lasting change", "calls that asked to change something: it failed, was undone, or made no difference"],
    ["read", "read", "opened for reading"],
    ["run", "run", "programs"],
    ["connected", "connected", "sockets and addresses"],
    ["other", "other", "output, and calls on processes"],
];

class Page {
    constructor(data) {
        this.model = new Model(data);
        this.pathSource = new PathSource(this.model);
        this.processSource = new ProcessSource(this.model);
        this.paths = new Tree(byId("paths"), this.pathSource);
        this.processes = new Tree(byId("processes"), this.processSource);
        this.details = new Details(byId("details"), this);
        this.chosen = null;
        this.head();
        this.timeline = new TimeLine(this.model, () => this.refresh());
        this.controls();
        this.tabs();
        this.keys();
        this.begin();
    }

    head() {
        const {run} = this.model;
        const verdict = verdictText(run);
        document.title = `${verdict}: ${run.argv.map(textOf).join(" ").slice(0, 80)} - stopgate`;
        byId("verdict").textContent = verdict;
        byId("verdict").classList.toggle("is-refused", run.refused > 0);
        byId("effect").textContent = effectText(this.model);
        byId("warning").textContent = warningText(run);
        byId("warning").hidden = !byId("warning").textContent;
        byId("command").append(commandElement(run.argv));
        byId("origin").textContent = `Written by stopgate ${this.model.data.version}${run.run ? `, run ${textOf(run.run)}` : ""}.`;
        byId("facts").append(...definitions(factsOf(this.model)).children);
        const lists = notableLists(this.model);
        byId("notable").hidden = lists.length === 0;
        byId("notable-lists").append(...lists.map((list) => notableList(this.model, list, (node) => this.goPath(node))));
    }

    controls() {
        const kinds = KIND_LABELS.map(([kind, label, title]) => {
            const box = element("input", {type: "checkbox", value: kind, id: `kind-${kind}`});
            return element("label", {title}, box, ` ${label} `, element("span", {className: "count", id: `count-${kind}`}));
        });
        byId("kinds").append(...kinds);
        byId("filters").addEventListener("submit", (event) => event.preventDefault());
        byId("kinds").addEventListener("change", () => this.refresh());
        byId("search").addEventListener("input", () => this.search());
        byId("search").addEventListener("keydown", (event) => this.searchKey(event));
        byId("children").addEventListener("change", () => this.refresh());
        byId("unchoose").addEventListener("click", () => this.choose(null));
        byId("everything").addEventListener("click", () => this.reset());
        byId("unfold").addEventListener("click", () => this.tree().unfold(this.tree().source.roots()));
        byId("fold").addEventListener("click", () => this.tree().fold());
        this.paths.onselect = (node) => this.details.path(node);
        this.processes.onselect = (id) => this.details.process(id);
        this.processes.onenter = (id) => {
            this.choose(id);
            return true;
        };
        const print = () => fillPaper(this.model, byId("paper"));
        window.addEventListener("beforeprint", print);
        window.matchMedia("print").addEventListener("change", print);
    }

    tabs() {
        const tabs = [byId("tab-paths"), byId("tab-processes")];
        tabs.forEach((tab, i) => {
            tab.addEventListener("click", () => this.turnTo(i));
            tab.addEventListener("keydown", (event) => {
                if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
                    this.turnTo(1 - i);
                    tabs[1 - i].focus();
                }
            });
        });
    }

    turnTo(wanted) {
        [byId("tab-paths"), byId("tab-processes")].forEach((tab, i) => {
            tab.setAttribute("aria-selected", i === wanted);
            tab.tabIndex = i === wanted ? 0 : -1;
            byId(tab.getAttribute("aria-controls")).hidden = i !== wanted;
        });
        this.tree().draw();
        if (this.tree().item() !== undefined)
            this.tree().onselect(this.tree().item());
    }

    tree() {
        return byId("panel-paths").hidden ? this.processes : this.paths;
    }

    keys() {
        document.addEventListener("keydown", (event) => {
            if (event.key !== "/" || event.target.matches("input[type=search]") || event.ctrlKey || event.metaKey)
                return;
            event.preventDefault();
            byId("search").focus();
            byId("search").select();
        });
    }

    searchKey(event) {
        if (event.key === "ArrowDown" || event.key === "Enter") {
            event.preventDefault();
            this.turnTo(0);
            byId("paths").focus();
        }
        if (event.key === "Escape" && byId("search").value) {
            event.preventDefault();
            byId("search").value = "";
            this.refresh();
        }
    }

    readFilter() {
        const ticked = [...byId("kinds").querySelectorAll("input:checked")];
        const {from, to} = this.timeline.range();
        this.filter = {
            kinds: ticked.reduce((kinds, box) => kinds | KIND[box.value], 0),
            family: this.chosen === null ? null : this.model.family(this.chosen, byId("children").checked),
            words: byId("search").value.toLowerCase().split(/\s+/).filter((word) => word),
            from, to,
        };
    }

    /* Look at the controls and show what they ask for. */
    refresh() {
        this.update();
        this.paths.layout();
        if (this.paths.item() === undefined)
            this.details.none();
        else if (this.tree() === this.paths)
            this.details.path(this.paths.item());
    }

    update() {
        this.readFilter();
        this.model.apply(this.filter);
        const shown = this.model.total;
        byId("shown").textContent = `${counted(shown, "path")} of ${grouped(this.known)}`;
        for (const [kind] of KIND_LABELS)
            byId(`count-${kind}`).textContent = grouped(this.model.offered[KIND[kind]]);
    }

    search() {
        this.turnTo(0);
        this.refresh();
        if (this.filter.words.length > 0)
            this.paths.unfoldSome(UNFOLDED_FIRST);
    }

    reset() {
        byId("filters").reset();
        this.chosen = null;
        byId("chosen").hidden = true;
        this.timeline.reset();
        this.refresh();
    }

    /* Show what one process touched; null: all. */
    choose(id) {
        this.chosen = id;
        byId("chosen").hidden = id === null;
        if (id !== null) {
            const process = this.model.processes[id];
            byId("chosen-text").replaceChildren(`of process ${process.pid} `, nameElement(process.comm));
            this.turnTo(0);
            byId("paths").focus();
        }
        this.refresh();
        if (id !== null)
            this.paths.unfoldSome(UNFOLDED_FIRST);
    }

    /* What the filters hide is shown for it. */
    goPath(node) {
        this.turnTo(0);
        if (this.model.counts.paths[node] === 0)
            this.reset();
        this.paths.reveal(node, this.pathSource.above(node));
        byId("paths").focus();
        byId("left").scrollIntoView({block: "nearest"});
    }

    goProcess(id) {
        this.turnTo(1);
        this.processes.reveal(id, this.processSource.above(id));
        byId("processes").focus();
    }

    /* At first: what was changed or refused, if anything was. */
    begin() {
        const none = {kinds: 0, family: null, words: [], from: 0, to: Infinity};
        this.model.apply(none);
        this.known = this.model.total;
        for (const [kind] of KIND_LABELS) // changed and refused are always worth a word
            byId(`kind-${kind}`).parentElement.hidden = KIND[kind] > KIND.refused && !this.model.offered[KIND[kind]];
        byId("kind-changed").checked = this.model.offered[KIND.changed] > 0;
        byId("kind-refused").checked = this.model.offered[KIND.refused] > 0;
        this.update();
        this.paths.unfoldSome(UNFOLDED_FIRST);
        this.processes.unfoldSome(UNFOLDED_FIRST);
        if (this.paths.item() === undefined)
            this.details.none();
        else
            this.details.path(this.paths.item());
    }
}

new Page(JSON.parse(byId("data").textContent));
performance.mark("shown");
