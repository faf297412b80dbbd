// Writes docs/errors.md from the tables of codes in packages and pages: `node tools/errors-page.ts`.
// tools/errors-page.test.ts fails where the page and the code differ.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The page, from the repository's root. */
export const ERRORS_PAGE = join('docs', 'errors.md')

/** One code of one package. */
export interface ErrorRow {
  code: string
  action: string
  package: string
}

/** The folders whose folders have sources, and what the page calls those. */
const KINDS = {
  packages: (name: string) => name,
  apps: (name: string) => (name === 'ui' ? 'pages' : `${name} page`),
} as const
type Kind = keyof typeof KINDS

/** Every source file of packages and web pages that is not a test. */
export function sources(): string[] {
  return (Object.keys(KINDS) as Kind[]).flatMap(kind =>
    readdirSync(join(root, kind))
      .flatMap(name =>
        readdirSync(join(root, kind, name, 'src'), { recursive: true, encoding: 'utf8' }).map(file =>
          join(root, kind, name, 'src', file),
        ),
      )
      .filter(file => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
      .sort(),
  )
}

/** The rows of every `export const SOMETHING_ERRORS` table, sorted by code. */
export async function errorRows(): Promise<ErrorRow[]> {
  const rows: ErrorRow[] = []
  for (const file of sources()) {
    const names = [...readFileSync(file, 'utf8').matchAll(/^export const ([A-Z_]+_ERRORS)\b/gm)].map(
      match => match[1] as string,
    )
    if (names.length === 0) continue
    const exported: Record<string, Record<string, string | { action: string }>> = await import(file)
    const [kind, name] = relative(root, file).split('/') as [Kind, string]
    const owner = KINDS[kind](name)
    for (const name of names) {
      for (const [code, entry] of Object.entries(exported[name] ?? {})) {
        rows.push({ code, action: typeof entry === 'string' ? entry : entry.action, package: owner })
      }
    }
  }
  return rows.sort((a, b) =>
    a.code === b.code ? (a.package < b.package ? -1 : 1) : a.code < b.code ? -1 : 1,
  )
}

/** The whole page as Markdown. */
export async function errorsPage(): Promise<string> {
  const rows = await errorRows()
  const domains = [...new Set(rows.map(({ code }) => code.split('.')[0] as string))]
  const sections = domains.map(domain => {
    const lines = rows
      .filter(({ code }) => code.startsWith(`${domain}.`))
      .map(row => `| \`${row.code}\` | ${row.action.replaceAll('|', '\\|')} | ${row.package} |`)
    return [`## ${domain}`, '', '| code | what to do | from |', '|---|---|---|', ...lines, ''].join('\n')
  })
  return `# Error codes

Every error has a stable \`code\` (\`domain.reason\`), a message that says what happened, and an action that says what to do. They look the same everywhere:
\`OmgError\` in TypeScript, \`error.data\` in JSON-RPC, \`{"error": {...}}\` from \`omg --json\`. Messages may change; codes do not.

This page is made from the tables in the packages and pages by \`node tools/errors-page.ts\`.

${sections.join('\n')}`
}

if (import.meta.main) writeFileSync(join(root, ERRORS_PAGE), await errorsPage())
