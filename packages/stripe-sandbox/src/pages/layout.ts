import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export function day(seconds: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(seconds * 1000),
  )
}

const CSS = `
:root { color-scheme: light dark; --ink: #16181d; --soft: #5b6270; --line: #d9dce2; --paper: #fff; --ground: #f6f7f9;
  --accent: #3b3fd6; --bad: #b3261e; --badge: #eceef6 }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --soft: #a2a9b6; --line: #343945; --paper: #191c22;
  --ground: #101217; --accent: #aeb2ff; --bad: #ffb4ab; --badge: #262a36 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
.note { font-size: .8125rem; color: var(--soft); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem;
  background: var(--badge); margin-bottom: .75rem }
h1 { font-size: 1.375rem; margin: 1.25rem 0 .25rem } h2 { font-size: 1rem; margin: 0 0 .5rem }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; margin: 1rem 0 }
a { color: var(--accent) } p { margin: .25rem 0 } .soft { color: var(--soft) } .total { font-size: 1.75rem; font-weight: 600 }
table { width: 100%; border-collapse: collapse } th { text-align: left; font-weight: 500; color: var(--soft);
  font-size: .8125rem } td, th { padding: .375rem 0; vertical-align: top; border-top: 1px solid var(--line) } tr:first-child th,
tr:first-child td { border-top: 0 } .num { text-align: right; font-variant-numeric: tabular-nums }
label { display: block; font-weight: 500; margin-top: .75rem } input[type=email], input[type=number], input[type=text] { width: 100%;
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem }
input[type=number] { width: 5rem } fieldset { border: 0; padding: 0; margin: 1rem 0 0 } legend { font-weight: 500; padding: 0 }
fieldset label { display: flex; gap: .5rem; font-weight: 400; margin-top: .375rem }
button { font: inherit; font-weight: 600; border-radius: .5rem; padding: .625rem 1rem; border: 1px solid var(--line);
  background: var(--paper); color: var(--ink); cursor: pointer } button.main { width: 100%; margin-top: 1rem;
  background: #3b3fd6; border-color: #3b3fd6; color: #fff } form.inline { display: inline-block; margin: .5rem .5rem 0 0 }
.error { border: 1px solid var(--bad); color: var(--bad); border-radius: .5rem; padding: .5rem .75rem; margin: 1rem 0 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }`

export function layout(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${raw(CSS)}</style>
</head>
<body><main>
<p class="note">Test page of the local Stripe sandbox. No card is charged and no money moves.</p>
${body}
</main></body>
</html>`
}

export function notice(title: string, text: string, link?: { href: string; label: string }): Html {
  return layout(
    title,
    html`<h1>${title}</h1><p>${text}</p>${link ? html`<p><a href="${link.href}">${link.label}</a></p>` : ''}`,
  )
}
