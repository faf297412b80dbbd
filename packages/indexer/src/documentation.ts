import { drawSettings, fillSections } from '@omg/follower'
import { ROUTES } from './api/server.ts'
import { INDEXER_SETTINGS } from './configuration/configuration.ts'

/** The tables of docs/indexer.md that follow from the code, by the name of their markers. */
const SECTIONS: Readonly<Record<string, () => string>> = {
  settings: () => drawSettings(INDEXER_SETTINGS),
  routes: drawRoutes,
}

/** Writes every generated table between its markers. Throws where a marker is missing. */
export const fillDocumentation = (text: string): string => fillSections(text, 'docs/indexer.md', SECTIONS)

function drawRoutes(): string {
  const rows = ROUTES.map(({ path, query, summary }) => {
    const names = Object.keys(query.shape)
    return `| \`GET ${path}\` | ${summary} | ${names.map(name => `\`${name}\``).join(' ')} |`
  })
  return ['| request | answer | query |', '|---|---|---|', ...rows].join('\n')
}
