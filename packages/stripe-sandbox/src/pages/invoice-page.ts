import { html } from 'hono/html'
import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { day, type Html, layout } from './layout'

export function invoicePage(invoice: Stripe.Invoice, error: string | null): Html {
  const { currency } = invoice
  const paidAt = invoice.status_transitions.paid_at
  return layout(
    `Invoice ${invoice.number ?? invoice.id}`,
    html`<h1>Invoice ${invoice.number ?? invoice.id}</h1>
<p class="soft">${invoice.account_name ?? ''} · ${day(invoice.created)} (UTC)</p>
<p class="soft">Billed to ${invoice.customer_email ?? 'customer'}</p>
${error ? html`<p class="error" role="alert">${error}</p>` : ''}
<section><table><tr><th scope="col">Item</th><th scope="col" class="num">Amount</th></tr>
${invoice.lines.data.map(
  (line) =>
    html`<tr><td>${line.description ?? ''}</td><td class="num">${money(line.amount, currency)}</td></tr>`,
)}
${(invoice.total_discount_amounts ?? []).map(
  (off) => html`<tr><td>Discount</td><td class="num">${money(-off.amount, currency)}</td></tr>`,
)}
${(invoice.total_taxes ?? []).map(
  (tax) => html`<tr><td>Tax</td><td class="num">${money(tax.amount, currency)}</td></tr>`,
)}
<tr><th scope="row">Total</th><td class="num"><strong>${money(invoice.total, currency)}</strong></td></tr>
<tr><th scope="row">Due</th><td class="num">${money(invoice.amount_remaining, currency)}</td></tr></table>
<p>${paidAt === null ? `Status: ${invoice.status ?? ''}` : `Paid on ${day(paidAt)} (UTC)`}</p></section>
${invoice.invoice_pdf ? html`<p><a href="${invoice.invoice_pdf}">Download PDF</a></p>` : ''}
${
  invoice.status === 'open' || invoice.status === 'uncollectible'
    ? html`<form method="post" action="/i/${invoice.id}/pay"><button class="main" type="submit">Pay ${money(invoice.amount_remaining, currency)} with a card that works</button></form>`
    : ''
}`,
  )
}

/** A character of WinAnsiEncoding in a PDF string; any other one is a question mark. */
function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code > 0xff ? '?' : `\\${code.toString(8).padStart(3, '0')}`
}

/** Renders the invoice as a one-page PDF with lines of plain text. */
export function invoicePdf(invoice: Stripe.Invoice): string {
  const { currency } = invoice
  const lines = [
    `Invoice ${invoice.number ?? invoice.id}`,
    `${invoice.account_name ?? ''}   ${day(invoice.created)} (UTC)`,
    `Billed to ${invoice.customer_email ?? 'customer'}`,
    '',
    ...invoice.lines.data.map((line) => `${line.description ?? ''}   ${money(line.amount, currency)}`),
    ...(invoice.total_taxes ?? []).map((tax) => `Tax   ${money(tax.amount, currency)}`),
    `Total   ${money(invoice.total, currency)}`,
    `Status   ${invoice.status ?? ''}`,
    '',
    'Made by the local Stripe sandbox. Not a real invoice.',
  ]
  const printable = (text: string) =>
    text
      .replaceAll('\u00a0', ' ')
      .replaceAll('€', '\x80')
      .replace(/[\\()]/g, (sign) => `\\${sign}`)
      .replace(/[^\x20-\x7e]/g, escaped)
  const text = lines.map((line) => `(${printable(line)}) Tj T*`).join('\n')
  const content = `BT /F1 11 Tf 16 TL 56 780 Td\n${text}\nET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ]
  let pdf = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = pdf.length
    pdf += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  return `${pdf}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer << /Size ${size} /Root 1 0 R >>\nstartxref\n${pdf.length}\n%%EOF\n`
}
