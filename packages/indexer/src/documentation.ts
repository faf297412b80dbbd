import { ROUTES } from './api/server.ts'
import { configurationSchema, flagOf, SETTINGS, variableOf } from './configuration/configuration.ts'

/** The tables of docs/indexer.md that follow from the code, by the name of their markers. */
const SECTIONS: Readonly<Record<string, () => string>> = { settings: drawSettings, routes: drawRoutes }

/** Writes every generated table between its markers. Throws where a marker is missing. */
export function fillDocumentation(text: string): string {
  let filled = text
  for (const [name, draw] of Object.entries(SECTIONS)) {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/indexer.md has no place for "${name}"`)
    filled = `${filled.slice(0, from + begin.length)}\n${draw()}\n${filled.slice(to)}`
  }
  return filled
}

function drawSettings(): string {
  const rows = SETTINGS.map(name => {
    const schema = configurationSchema.shape[name]
    const value: unknown = schema.safeParse(undefined).data
    const shown = value === undefined ? '' : `\`${String(value)}\``
    return `| \`--${flagOf(name)}\` | ${schema.description ?? ''} | \`${variableOf(name)}\` | ${shown} |`
  })
  return ['| flag | meaning | environment | default |', '|---|---|---|---|', ...rows].join('\n')
}

function drawRoutes(): string {
  const rows = ROUTES.map(({ path, query, summary }) => {
    const names = Object.keys(query.shape)
    return `| \`GET ${path}\` | ${summary} | ${names.map(name => `\`${name}\``).join(' ')} |`
  })
  return ['| request | answer | query |', '|---|---|---|', ...rows].join('\n')
}
