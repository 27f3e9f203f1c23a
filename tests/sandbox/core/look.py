"""The look of every page that a stand-in shows to people: plainly a sandbox, light and dark, by keyboard and on a phone."""

from html import escape

STYLE = """
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --ink: #1b1f2a; --soft: #565e70; --line: #c9cedb;
  --edge: #7b8396; --accent: #1f4fd8; --on-accent: #fff; --bad: #b3261e; --bad-ground: #fdecea; --note: #fff3cd;
  --note-ink: #5c4400; --shadow: 0 1px 2px rgb(20 25 40 / .08), 0 12px 32px rgb(20 25 40 / .08); }
@media (prefers-color-scheme: dark) { :root { --ground: #11141b; --card: #1a1f2a; --ink: #eceef4; --soft: #a9b1c4;
  --line: #343b4b; --edge: #7d869b; --accent: #8db0ff; --on-accent: #0d1526; --bad: #ffb4ab; --bad-ground: #3b1613;
  --note: #3a2f0b; --note-ink: #ffe08a; --shadow: none; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  min-height: 100vh; display: flex; flex-direction: column; }
.banner { background: var(--note); color: var(--note-ink); padding: .5rem 1rem; text-align: center; font-size: .875rem; }
main { width: min(60rem, 100%); margin: auto; padding: 2rem 1rem; }
.sheet { background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow);
  display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); overflow: hidden; }
.sheet.narrow { grid-template-columns: minmax(0, 1fr); width: min(27rem, 100%); margin: auto; }
.sheet > * { padding: 2rem; }
.summary { border-right: 1px solid var(--line); display: flex; flex-direction: column; gap: 1.25rem; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.narrow h1 { font-size: 1.25rem; color: var(--ink); }
.amount { font-size: 2.25rem; line-height: 1.15; font-weight: 650; letter-spacing: -.02em; margin: 0;
  font-variant-numeric: tabular-nums; }
.lines { list-style: none; margin: 0; padding: 0; }
.lines li { display: flex; justify-content: space-between; gap: 1rem; padding: .6rem 0; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; }
.lines span:last-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
.soft { color: var(--soft); font-size: .875rem; margin: 0; }
h2 { font-size: 1.0625rem; margin: 0 0 1rem; }
form { margin: 0; }
label { display: block; font-weight: 550; font-size: .875rem; margin-bottom: .3rem; }
.field { margin-bottom: 1rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
input { width: 100%; min-width: 0; min-height: 44px; font: inherit; font-variant-numeric: tabular-nums; color: inherit;
  background: transparent; border: 1px solid var(--edge); border-radius: 8px; padding: .5rem .75rem; }
::placeholder { color: var(--soft); opacity: .8; }
input[aria-invalid] { border-color: var(--bad); }
button, .button { display: flex; width: 100%; min-height: 46px; align-items: center; justify-content: center;
  font: inherit; font-weight: 600; border-radius: 8px; border: 1px solid var(--accent); background: var(--accent);
  color: var(--on-accent); cursor: pointer; text-decoration: none; margin-top: .5rem; }
.second { background: transparent; color: var(--accent); }
button:hover, .button:hover { filter: brightness(1.08); }
a { color: var(--accent); }
.back { display: inline-flex; align-items: center; min-height: 32px; align-self: start; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { background: var(--bad-ground); color: var(--bad); border-radius: 8px; padding: .65rem .85rem; margin: 0 0 1rem; }
details { margin-top: 1.25rem; font-size: .875rem; }
summary { cursor: pointer; min-height: 32px; display: list-item; padding: .3rem 0; color: var(--soft); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem .9rem; margin: .5rem 0 0; }
dt { font-variant-numeric: tabular-nums; white-space: nowrap; } dd { margin: 0; color: var(--soft); }
@media (max-width: 44rem) { main { padding: 0; margin: 0 auto; } .sheet { grid-template-columns: minmax(0, 1fr);
  border-width: 0 0 1px; border-radius: 0; } .sheet.narrow { width: 100%; } .sheet > * { padding: 1.5rem 1rem; }
  .summary { border-right: 0; border-bottom: 1px solid var(--line); gap: .75rem; } }
"""


def page(title: str, body: str, *, provider: str, style: str = "") -> str:
    """Return a whole page; `body` is HTML whose variable parts are escaped already, `style` comes after the common one."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title><style>{STYLE}{style}</style></head><body>'
        f'<aside class="banner" aria-label="Sandbox"><strong>Sandbox.</strong> A local stand-in for {escape(provider)}.'
        " No money moves; never type a real card.</aside>"
        f"<main>{body}</main></body></html>"
    )


def notice(title: str, sentence: str, *, provider: str, link: str = "") -> str:
    """Return a page that only says something, with a way on where there is one."""
    onward = f'<a class="button" href="{escape(link)}">Continue</a>' if link else ""
    body = f'<div class="sheet narrow"><div><h1>{escape(title)}</h1><p class="soft">{escape(sentence)}</p>{onward}'
    return page(title, f"{body}</div></div>", provider=provider)
