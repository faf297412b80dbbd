// Fills the generated tables of docs/operator.md: `node tools/operator-page.ts`. A test keeps page and code equal.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { effectiveConfig, settings } from '@omg/node'
import { sources } from './errors-page.ts'

const root = join(import.meta.dirname, '..')

/** The page, from the repository's root. */
export const OPERATOR_PAGE = join('docs', 'operator.md')

/** Every metric that a package's metrics files name. */
export function metricNames(owner: 'node' | 'watcher'): string[] {
  const names = sources()
    .filter(file => file.startsWith(join(root, 'packages', owner)) && basename(file).includes('metrics'))
    .flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(/'(omg_[a-z0-9_]+)'/g)].map(match => match[1] as string),
    )
  return [...new Set(names)].sort()
}

function nodeSettings(): string {
  const defaults: unknown = effectiveConfig({ flags: {}, environment: {} })
  const rows = settings().map(({ path, environment, description }) => {
    const value = path
      .split('.')
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], defaults)
    const shown =
      value === undefined
        ? ''
        : `\`${typeof value === 'string' ? value : JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item))}\``
    return `| \`${path}\` | ${description} | \`${environment}\` | ${shown} |`
  })
  return ['| setting | meaning | environment | default |', '|---|---|---|---|', ...rows].join('\n')
}

function watcherMetrics(): string {
  return [
    'Metrics of the watcher:',
    '',
    metricNames('watcher')
      .map(name => `\`${name}\``)
      .join(', '),
    '',
  ].join('\n')
}

/** The page with every generated part filled in. */
export function operatorPage(): string {
  const parts = { 'node settings': nodeSettings(), 'watcher metrics': watcherMetrics() }
  let text = readFileSync(join(root, OPERATOR_PAGE), 'utf8')
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`${OPERATOR_PAGE} has no place for "${name}"`)
    text = `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`
  }
  return text
}

if (import.meta.main) writeFileSync(join(root, OPERATOR_PAGE), operatorPage())
