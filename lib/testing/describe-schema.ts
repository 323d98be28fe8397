import type { Pool } from 'pg'

/**
 * The tables, constraints, indexes, triggers and trigger functions of `public` as SQL, written by PostgreSQL itself
 * (`pg_get_*def`) and ordered by name: two databases of the same shape give the same text.
 */
export async function describeSchema(db: Pick<Pool, 'query'>): Promise<string> {
  const { rows: tables } = await db.query<Described>(TABLES)
  const { rows: details } = await db.query<Described>(`${INDEXES} union all ${TRIGGERS}`)
  const { rows: functions } = await db.query<Described>(FUNCTIONS)
  const withDetails = tables.map(({ name, text }) =>
    [text, ...details.filter((detail) => detail.name === name).map((detail) => detail.text)].join('\n'),
  )
  return `${[HEADER, ...withDetails, ...functions.map(({ text }) => text)].join('\n\n')}\n`
}

type Described = { name: string; text: string }

const HEADER = '-- The schema as the migrations make it. Written by `npm run schema`; do not edit.'

const IN_PUBLIC = `c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> '_prisma_migrations'`

const TABLES = `
  select c.relname as name, format(E'create %stable %s (\\n%s\\n)%s;',
    case c.relpersistence when 'u' then 'unlogged ' else '' end, c.relname, (
      select string_agg('  ' || line, E',\\n' order by rank, name, position) from (
        select 1 as rank, '' as name, a.attnum as position, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        union all
        select case k.contype when 'p' then 2 when 'f' then 4 else 3 end, k.conname, 0,
          format('constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
        from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'c', 'f')) x),
    ' with (' || array_to_string(c.reloptions, ', ') || ')') as text
  from pg_class c where ${IN_PUBLIC} order by 1`

const INDEXES = `
  (select c.relname as name, pg_get_indexdef(i.indexrelid) || ';' as text
  from pg_index i join pg_class c on c.oid = i.indrelid
  where ${IN_PUBLIC} and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
  order by 1, 2)`

const TRIGGERS = `
  (select c.relname, pg_get_triggerdef(t.oid) || ';'
  from pg_trigger t join pg_class c on c.oid = t.tgrelid where ${IN_PUBLIC} and not t.tgisinternal order by 1, 2)`

const FUNCTIONS = `
  select p.proname as name, rtrim(pg_get_functiondef(p.oid), E'\\n') || ';' as text from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.prorettype = 'trigger'::regtype order by p.proname`
