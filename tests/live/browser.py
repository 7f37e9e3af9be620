"""A headless Chromium for the tests of reports, driven over WebDriver (W3C) by the standard library alone."""
import base64
import contextlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

# None of its own traffic, and nothing kept.
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-default-apps", "--no-default-browser-check", "--mute-audio", "--force-color-profile=srgb",
           "--hide-scrollbars"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that WebDriver gives references by
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ", "Left": "\ue012", "Up": "\ue013",
        "Right": "\ue014", "Down": "\ue015", "Home": "\ue011", "End": "\ue010", "PageDown": "\ue00f", "PageUp": "\ue00e"}
SHIFT = "\ue008"


def chromium():
    return next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)


def installed():
    return bool(shutil.which("chromedriver") and chromium())


class BrowserError(AssertionError):
    pass


class Browser:
    """with Browser(t.dir) as b: b.open(path); b.text("h1")"""

    def __init__(self, directory, dark=False, width=1400, height=1000):
        self.profile = pathlib.Path(directory) / "profile"
        self.profile.mkdir(exist_ok=True)
        self.dark, self.size = dark, (width, height)
        self.driver = self.session = None

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self._start()
            undo.pop_all()
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True, env=self._environment())
        self.port = None
        while self.port is None:
            line = self.driver.stdout.readline().decode(errors="replace")
            if not line:
                raise BrowserError("chromedriver does not start")
            found = re.search(r"started successfully on port (\d+)", line)
            self.port = found and int(found[1])
        args = [*OPTIONS, f"--user-data-dir={self.profile}", "--window-size={},{}".format(*self.size)]
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": args, "binary": chromium()},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}, "unhandledPromptBehavior": "ignore"}}})
        self.session = "/session/" + answer["sessionId"]
        self._post("/url", url="about:blank")
        self.media(dark=self.dark)

    def _environment(self):
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.profile), "TMPDIR": str(self.profile),
                "LC_ALL": "C.UTF-8"}

    def close(self):
        if self.session:
            with contextlib.suppress(OSError, BrowserError):
                self._ask("DELETE", self.session)
            self.session = None
        if self.driver:
            self.driver.send_signal(signal.SIGTERM)
            self.driver.wait()
            self.driver.stdout.close()
            self.driver = None

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def _post(self, path, **body):
        return self._ask("POST", self.session + path, body)

    # ---- looking ----

    def open(self, path):
        self.requests()  # of the page before
        self._post("/url", url=pathlib.Path(path).as_uri())

    def js(self, body, *args):
        """What the body of a function returns."""
        return self._post("/execute/sync", script=body, args=list(args))

    def text(self, css):
        return self.js("return document.querySelector(arguments[0]).innerText", css)

    def texts(self, css):
        return self.js("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", css)

    def style(self, css, name):
        return self.js("return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", css, name)

    def focused(self):
        return self.js("return document.activeElement.id || document.activeElement.tagName")

    def dialog(self):
        """The text of an alert() that is open, or None."""
        try:
            return self._ask("GET", self.session + "/alert/text")
        except BrowserError:
            return None

    def console(self):
        return [entry["message"] for entry in self._post("/se/log", type="browser")]

    def requests(self):
        """The address of everything that was asked for since the last time."""
        events = [json.loads(entry["message"])["message"] for entry in self._post("/se/log", type="performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def cdp(self, command, **params):
        return self._post("/goog/cdp/execute", cmd=command, params=params)

    def shot(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self._ask("GET", self.session + "/screenshot")))

    def pdf(self):
        return base64.b64decode(self._post("/print", background=False))

    # ---- acting ----

    def media(self, dark=False, printed=False):
        self.cdp("Emulation.setEmulatedMedia", media="print" if printed else "",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def _element(self, css):
        return self._post("/element", using="css selector", value=css)[ELEMENT]

    def click(self, css):
        self._post(f"/element/{self._element(css)}/click")

    def type(self, css, text):
        element = self._element(css)
        self._post(f"/element/{element}/clear")
        self._post(f"/element/{element}/value", text=text)

    def press(self, *keys):
        """Keys by name or character, one after the other, wherever the focus is."""
        actions = []
        for key in keys:
            shift = key.startswith("Shift+")
            value = KEYS.get(key.removeprefix("Shift+"), key.removeprefix("Shift+"))
            down = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
            actions += [{"type": "keyDown", "value": SHIFT}, *down, {"type": "keyUp", "value": SHIFT}] if shift else down
        self._post("/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def until(self, body, *args, seconds=10):
        """Wait until the body of a function returns something true."""
        end = time.monotonic() + seconds
        while not (value := self.js(body, *args)):
            if time.monotonic() > end:
                raise BrowserError(f"never true: {body}")
            time.sleep(0.02)
        return value
