import { anchorOf } from '@/app/docs/api/contents'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { Field, Shown } from '@/lib/api/reference'

/** The fields of a request or an object, with their constraints and whether they are required. */
export function Fields({ caption, fields }: { caption: string; fields: Field[] }) {
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <Table caption={caption}>
        <TableHead>
          <tr>
            <Th>Field</Th>
            <Th>Is</Th>
            <Th className="hidden sm:table-cell">Note</Th>
          </tr>
        </TableHead>
        <TableBody>
          {fields.map((field) => (
            <tr key={field.name}>
              <Th scope="row" className="align-top font-mono text-label font-normal">
                {field.name}
              </Th>
              <Td className="text-label">
                <TypeName shown={field} />
                {!field.required && <span className="text-muted"> · optional</span>}
                <span className="mt-1 block text-muted sm:hidden">
                  <Note text={field.note} />
                </span>
              </Td>
              <Td className="hidden text-label text-muted sm:table-cell">
                <Note text={field.note} />
              </Td>
            </tr>
          ))}
        </TableBody>
      </Table>
    </div>
  )
}

/** The name of a type, linked to its object's description. */
export function TypeName({ shown: { type, object } }: { shown: Shown }) {
  if (object === null) return <span>{type}</span>
  const [before = '', after = ''] = type.split(object)
  return (
    <span>
      {before}
      <a href={`#${anchorOf('object', object)}`} className="text-accent underline underline-offset-4">
        {object}
      </a>
      {after}
    </span>
  )
}

/** Renders the parts between backticks as code. */
export function Note({ text }: { text: string }) {
  const [, before, code, after] = /^([^`]*)`([^`]*)`([\s\S]*)$/.exec(text) ?? []
  if (code === undefined) return text
  return (
    <>
      {before}
      <code className="font-mono text-[0.95em]">{code}</code>
      <Note text={after ?? ''} />
    </>
  )
}
