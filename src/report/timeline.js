"use strict";
/* timeline.js: what happened when, and the span of time that is looked at. */

const SPANS = 512;
const HEIGHT = 64;

class TimeLine {
    constructor(model, onchange) {
        this.model = model;
        this.onchange = onchange;
        this.from = document.getElementById("from");
        this.to = document.getElementById("to");
        this.chart = document.getElementById("chart");
        this.length = model.data.spans.calls.length;
        for (const end of [this.from, this.to]) {
            end.max = this.length;
            end.addEventListener("input", () => this.moved(end));
        }
        this.reset();
        this.draw();
        this.chart.addEventListener("pointerdown", (event) => this.press(event));
        this.chart.addEventListener("pointermove", (event) => this.pressed !== undefined && this.drag(event));
        this.chart.addEventListener("pointerup", () => this.release());
        this.chart.addEventListener("pointercancel", () => this.release());
    }

    reset() {
        this.from.value = 0;
        this.to.value = this.length;
        this.mark();
    }

    /* In microseconds; a whole run has no end, for a last call may be later than the last span. */
    range() {
        const to = Number(this.to.value);
        return {from: Number(this.from.value) * this.model.run.span,
            to: to === this.length ? Infinity : to * this.model.run.span};
    }

    /* Square roots: a single call is seen beside ten thousand. */
    draw() {
        const {spans} = this.model.data;
        const most = Math.sqrt(Math.max(1, ...spans.calls));
        const width = SPANS / this.length;
        for (const series of ["calls", "changing", "refused"]) {
            let bars = "";
            spans[series].forEach((n, i) => {
                const height = n === 0 ? 0 : Math.max(series === "refused" ? 8 : 2, Math.sqrt(n) / most * HEIGHT);
                if (height > 0)
                    bars += `M${i * width} ${HEIGHT}v${-height}h${width}v${height}z`;
            });
            document.getElementById(`chart-${series}`).setAttribute("d", bars);
        }
    }

    mark() {
        const from = Number(this.from.value), to = Number(this.to.value), {spans} = this.model.data;
        const rect = document.getElementById("chart-range");
        rect.setAttribute("x", from / this.length * SPANS);
        rect.setAttribute("width", (to - from) / this.length * SPANS);
        const sum = (series) => spans[series].slice(from, to).reduce((a, b) => a + b, 0);
        const micros = (i) => Math.min(i * this.model.run.span, this.model.run.lasted);
        const refused = sum("refused");
        document.getElementById("span-text").textContent = `${duration(micros(from))} to ${duration(micros(to))}: ` +
            `${counted(sum("calls"), "call")}, ${grouped(sum("changing"))} for changes, ${grouped(refused)} refused`;
        for (const end of [this.from, this.to])
            end.setAttribute("aria-valuetext", duration(micros(Number(end.value))));
    }

    /* The ends do not pass each other. */
    moved(end) {
        if (Number(this.from.value) >= Number(this.to.value))
            end.value = end === this.from ? Number(this.to.value) - 1 : Number(this.from.value) + 1;
        if (Number(this.from.value) >= Number(this.to.value))
            this.from.value = Number(this.to.value) - 1;
        this.mark();
        this.onchange();
    }

    at(event) {
        const box = this.chart.getBoundingClientRect();
        const part = (event.clientX - box.left) / box.width;
        return Math.max(0, Math.min(this.length - 1, Math.floor(part * this.length)));
    }

    press(event) {
        this.chart.setPointerCapture(event.pointerId);
        this.pressed = this.at(event);
        this.drag(event);
    }

    drag(event) {
        const at = this.at(event);
        this.from.value = Math.min(this.pressed, at);
        this.to.value = Math.max(this.pressed, at) + 1;
        this.mark();
    }

    release() {
        if (this.pressed === undefined)
            return;
        this.pressed = undefined;
        this.onchange();
    }
}
