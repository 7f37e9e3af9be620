"use strict";
/* show.js: how values are shown. What the command supplied becomes text nodes, never markup. */

/* Controls, what reorders or joins text, spaces that are not what they seem, and what stands for a byte that is
 * not UTF-8. */
const ODD = /[\p{C}\p{Zl}\p{Zp}\ufffd]|(?! )\p{Zs}|^ | $/gu;
const LETTERS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\ufffd": "\ufffd"};

/* An element with properties; a child is an element or text, and what is null is left out. */
function element(tag, properties, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties ?? {})) {
        if (name in made)
            made[name] = value;
        else
            made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
}

function escapeOf(character) {
    const code = character.codePointAt(0).toString(16);
    return LETTERS[character] ?? (code.length <= 2 ? "\\x" + code.padStart(2, "0") : `\\u{${code}}`);
}

/* Text of the command's: odd characters by their codes, the rest as it is. */
function shown(text) {
    const parts = document.createDocumentFragment();
    let end = 0;
    for (const found of text.matchAll(ODD)) {
        parts.append(text.slice(end, found.index), element("span", {className: "odd"}, escapeOf(found[0])));
        end = found.index + found[0].length;
    }
    parts.append(text.slice(end));
    return parts;
}

/* bdi: a name must not change the order of what stands beside it. */
function nameElement(name) {
    return element("bdi", {}, shown(textOf(name)));
}

function pathElement(name) {
    const code = element("code", {className: "path"});
    textOf(name).split("/").forEach((part, i) => {
        if (i > 0)
            code.append("/", element("wbr"));
        code.append(nameElement(part));
    });
    return code;
}

/* An argument as it could be typed into a shell. */
function argumentElement(argument) {
    const text = textOf(argument);
    const plain = /^[\w@%+=:,.\/-]+$/.test(text);
    return nameElement(plain ? text : `'${text.replaceAll("'", "'\\''")}'`);
}

function commandElement(argv) {
    const code = element("code", {className: "command"});
    argv.forEach((argument, i) => code.append(i > 0 ? " " : "", argumentElement(argument)));
    return code;
}

const grouped = (number) => Number(number).toLocaleString("en");
const counted = (n, one, many = one + "s") => `${grouped(n)} ${n === 1 ? one : many}`;

/* 0.003 s, 12.3 s, 4 min 05 s */
function duration(micros) {
    const seconds = micros / 1e6;
    if (seconds < 60)
        return `${seconds.toFixed(seconds < 10 ? 3 : 1)} s`;
    const minutes = Math.floor(seconds / 60);
    const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
    return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function byteCount(bytes) {
    const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    for (; bytes >= 1024 && unit < units.length - 1; unit++)
        bytes /= 1024;
    return unit ? `${bytes.toFixed(1)} ${units[unit]}` : counted(bytes, "byte");
}

const TYPES = {0o14: "socket", 0o12: "symbolic link", 0o10: "file", 0o6: "block device", 0o4: "directory",
    0o2: "character device", 0o1: "FIFO"};

const typeOf = (mode) => TYPES[mode >> 12] ?? "of unknown type";

/* 0755 rwxr-xr-x, as ls(1) writes it */
function modeText(mode) {
    let text = "";
    for (let bit = 8; bit >= 0; bit--)
        text += mode >> bit & 1 ? "xwr"[bit % 3] : "-";
    const special = [[0o4000, 2, "s"], [0o2000, 5, "s"], [0o1000, 8, "t"]];
    for (const [bit, at, letter] of special)
        if (mode & bit)
            text = text.slice(0, at) + (text[at] === "x" ? letter : letter.toUpperCase()) + text.slice(at + 1);
    return `${(mode & 0o7777).toString(8).padStart(4, "0")} ${text}`;
}

/* What waitpid(2) and sh(1) say of the end of a process. */
function endText(status) {
    return status & 0x7f ? `killed by signal ${status & 0x7f}` : `exit status ${status >> 8 & 0xff}`;
}
