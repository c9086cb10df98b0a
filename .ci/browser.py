"""Drives reports in Chromium: every chart drawn, no error, no network, hover, toggles, zoom, dark, print, phone.

    browser.py SCREENSHOTS REPORT.html...
"""

import base64
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket

MOST_BYTES = 6_000_000
WAIT = 60


class Browser:
    """One page, over the DevTools protocol."""

    def __init__(self, profile):
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = pathlib.Path(profile) / "DevToolsActivePort"
        deadline = time.time() + WAIT
        while not (port_file.exists() and port_file.read_text().strip()):
            assert time.time() < deadline, "Chromium does not start"
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        url = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(url, timeout=WAIT)
        self.number = 0
        self.errors, self.requests, self.loaded = [], [], False
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()

    def receive(self):
        message = json.loads(self.socket.recv())
        method, of = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(of["exceptionDetails"].get("exception", {}).get("description", of["exceptionDetails"]["text"]))
        elif method == "Runtime.consoleAPICalled" and of["type"] in ("error", "warning"):
            self.errors.append(" ".join(str(own.get("value")) for own in of["args"]))
        elif method == "Log.entryAdded" and of["entry"]["level"] == "error":
            self.errors.append(of["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(of["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True
        return message

    def send(self, method, **params):
        self.number += 1
        number = self.number
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = self.receive()
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message}"
                return message["result"]

    def run(self, script):
        """The value of an expression, promises awaited."""
        found = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, f"{script}: {found}"
        return found["result"].get("value")

    def open(self, path):
        self.errors, self.requests, self.loaded = [], [], False
        self.send("Page.navigate", url=path.resolve().as_uri())
        while not self.loaded:
            self.receive()
        self.run("window.ready.then(() => true)")

    def size(self, width, height):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def media(self, kind="", scheme="light"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media=kind, features=features)
        self.run("new Promise((done) => setTimeout(done, 50)).then(() => window.ready).then(() => true)")

    def mouse(self, kind, x, y, **more):
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def screenshot(self, path):
        box = self.run("({ w: document.documentElement.clientWidth, h: document.documentElement.scrollHeight })")
        clip = {"x": 0, "y": 0, "width": box["w"], "height": min(box["h"], 16000), "scale": 1}
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))


def plot_area(browser, chart):
    """The rectangle inside the axes of a chart, on the screen."""
    return browser.run(f"""(() => {{
        const div = document.getElementById("chart-{chart}");
        div.scrollIntoView({{ block: "center" }});
        const box = div.getBoundingClientRect(), own = div._fullLayout;
        return {{ x: box.x + own.xaxis._offset, y: box.y + own.yaxis._offset, w: own.xaxis._length, h: own.yaxis._length }};
    }})()""")


def check_hover(browser, chart):
    """The mouse over a point of the chart finds its value."""
    area = plot_area(browser, chart)
    points = browser.run(f"""(() => {{
        const {{ _fullData: series, _fullLayout: {{ xaxis, yaxis }} }} = document.getElementById("chart-{chart}");
        const at = (share, values) => values[Math.floor(share * (values.length - 1))];
        return series.filter((own) => own.visible === true && own.x?.length && own.y?.length).flatMap((own) =>
            [0.5, 0.25, 0.75, 0, 1].map((share) => [xaxis.d2p(at(share, own.x)), yaxis.d2p(at(share, own.y))]));
    }})()""")
    inside = [(x, y) for x, y in points if x is not None and 0 < x < area["w"] and y is not None and 0 < y < area["h"]]
    for x, y in inside:
        browser.mouse("mouseMoved", area["x"] + x, area["y"] + y)
        deadline = time.time() + 5
        while time.time() < deadline:
            found = browser.run(f"""document.querySelector("#chart-{chart} .hoverlayer .hovertext")?.textContent""")
            if found:
                assert any(c.isdigit() for c in found), f"{chart}: the hover text has no number: {found}"
                return
            time.sleep(0.03)
    raise AssertionError(f"{chart}: no value under the mouse at {len(inside)} of {len(points)} points")


def check_toggle(browser, chart):
    """A click on the first name of the legend hides its series, another shows it again."""
    for expected in ("legendonly", "true"):
        place = browser.run(f"""(() => {{
            const div = document.getElementById("chart-{chart}");
            div.scrollIntoView({{ block: "center" }});
            const box = div.querySelector(".legendtoggle").getBoundingClientRect();
            return {{ x: box.x + Math.min(box.width / 2, 40), y: box.y + box.height / 2 }};
        }})()""")
        browser.click(place["x"], place["y"])
        deadline = time.time() + 5
        while True:
            states = browser.run(f"""document.getElementById("chart-{chart}")._fullData.map((own) => String(own.visible))""")
            if ("legendonly" in states) == (expected == "legendonly"):
                break
            assert time.time() < deadline, f"{chart}: the legend does not toggle: {states}"
            time.sleep(0.05)
        # Two clicks in a row would count as a double click.
        time.sleep(0.4)


def check_zoom(browser, chart):
    area = plot_area(browser, chart)
    ranges = f"""JSON.stringify(document.getElementById("chart-{chart}")._fullLayout.xaxis.range)"""
    before = browser.run(ranges)
    x, y = area["x"] + 0.3 * area["w"], area["y"] + 0.3 * area["h"]
    browser.mouse("mouseMoved", x, y)
    browser.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
    for step in range(1, 6):
        browser.mouse("mouseMoved", x + step * 0.08 * area["w"], y + step * 0.08 * area["h"], button="left", buttons=1)
    browser.mouse("mouseReleased", x + 0.4 * area["w"], y + 0.4 * area["h"], button="left", clickCount=1)
    deadline = time.time() + 5
    while browser.run(ranges) == before:
        assert time.time() < deadline, f"{chart}: a drag does not zoom"
        time.sleep(0.05)


def check(browser, path, screens):
    name = path.parent.name if path.parent.parent.name.startswith("ci-") else path.parent.parent.name
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path}: {size} bytes"
    browser.media()
    browser.size(1440, 900)
    browser.open(path)
    charts = browser.run("Object.keys(charts)")
    assert len(charts) >= 5, charts
    for chart in charts:
        drawn = browser.run(f"""(() => {{
            const div = document.getElementById("chart-{chart}");
            return {{ marks: div.querySelectorAll(".trace path, .points path, .hm image").length,
                      size: div.querySelector(".main-svg").getBoundingClientRect().height,
                      rows: div.closest("figure").querySelectorAll("details tbody tr").length }};
        }})()""")
        assert drawn["marks"] > 0 and drawn["size"] > 200, f"{chart} is not drawn: {drawn}"
        assert drawn["rows"] > 0, f"{chart} has no table"
        check_hover(browser, chart)
        if browser.run(f"""!!document.querySelector("#chart-{chart} .legendtoggle")"""):
            check_toggle(browser, chart)
    check_zoom(browser, charts[-1] if "heat" not in charts[-1] else charts[0])
    browser.open(path)
    browser.screenshot(screens / f"{name}-1440.png")
    browser.media(scheme="dark")
    shade = browser.run("getComputedStyle(document.body).backgroundColor")
    ink = browser.run("""getComputedStyle(document.querySelector(".xtick text")).fill""")
    assert shade == "rgb(15, 19, 24)" and ink == "rgb(230, 237, 243)", f"dark is not dark: {shade}, {ink}"
    browser.screenshot(screens / f"{name}-dark.png")
    browser.media(kind="print")
    still = browser.run("""[...document.querySelectorAll(".still svg")].map((own) => own.getBoundingClientRect().height)""")
    assert len(still) == len(charts) and min(still) > 100, f"print lacks figures: {still}"
    pdf = base64.b64decode(browser.send("Page.printToPDF", printBackground=False)["data"])
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page/") >= 2, "print is empty"
    (screens / f"{name}.pdf").write_bytes(pdf)
    browser.media()
    for width in (390, 320):
        browser.size(width, 844)
        browser.open(path)
        wide = browser.run("document.documentElement.scrollWidth")
        assert wide <= width, f"{path}: {wide} pixels wide on a phone of {width}"
        browser.screenshot(screens / f"{name}-{width}.png")
    network = [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
    assert not network, f"{path}: asks the network for {network}"
    assert not browser.errors, f"{path}: {browser.errors}"
    print(f"{name}: {len(charts)} charts, {size} bytes, drawn, hovered, toggled, dark, printed, on a phone")


def check_alone(path, screens):
    """Checks a report in a browser of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            check(browser, path, screens)
        finally:
            browser.close()


def main():
    screens, *reports = map(pathlib.Path, sys.argv[1:])
    assert reports, __doc__
    screens.mkdir(parents=True, exist_ok=True)
    # A browser mostly waits to be drawn or not to be clicked at twice.
    with concurrent.futures.ThreadPoolExecutor() as browsers:
        for checked in [browsers.submit(check_alone, path, screens) for path in reports]:
            checked.result()


main()
