/** For screen, phone and paper, light and dark. Nothing is loaded from anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d7dce1; --paper: #ffffff; --panel: #f5f7f9;
  --good: #1a6b3c; --bad: #b3261e; --bar: #c9564f; --bar-less: #3d7ab8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa5b1; --line: #343b43; --paper: #14171a;
  --panel: #1d2227; --good: #6cc48f; --bad: #ff8a80; --bar: #d46a63; --bar-less: #5b9bd8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .25rem; font-size: 1.1rem; }
p { margin: .25rem 0; }
.soft { color: var(--soft); }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.warning { border-left: 4px solid var(--bad); padding: .25rem .75rem; background: var(--panel); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .6rem; margin: 1rem 0; padding: 0; }
.tiles div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; white-space: nowrap; }
td.amount, th.amount { text-align: right; white-space: nowrap; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
.breaks { list-style: none; margin: 0; padding: 0; }
.breaks > li { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .6rem .8rem; break-inside: avoid; }
.row { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .1rem 1rem; }
.row strong { overflow-wrap: anywhere; }
.bar { height: .5rem; margin: .35rem 0; background: var(--panel); border-radius: 3px; overflow: hidden; }
.bar span { display: block; height: 100%; min-width: 2px; background: var(--bar); }
.bar span.less { background: var(--bar-less); }
.cause { overflow-wrap: anywhere; }
a { color: inherit; }
code { font: .9em ui-monospace, "SF Mono", Consolas, monospace; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --panel: #f4f4f4; }
  body { max-width: none; padding: 0; font-size: 11px; } .wide { overflow: visible; } thead { display: table-header-group; }
  tr { break-inside: avoid; } .bar span { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`
