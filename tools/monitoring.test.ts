import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const text = (...path: string[]) => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8')

/** What node, watcher and keeper name their metrics, and what Prometheus makes of a histogram. */
function exported(): Set<string> {
  const node = [...text('packages', 'node', 'src', 'metrics.ts').matchAll(/'(omg_[a-z_]+)'/g)]
  const watcher = text('packages', 'watcher', 'src', 'metrics.ts')
  const keeper = text('packages', 'cli', 'src', 'keeper', 'metrics.ts')
  const named = (source: string, prefix: string) =>
    [...source.matchAll(/(?:gauge|counter)\(\s*'([a-z_]+)'/g)].map(([, name]) => `${prefix}_${name}`)
  const short = [...named(watcher, 'omg_watcher'), ...named(keeper, 'omg_keeper')]
  const whole = [...watcher.matchAll(/'(omg_watcher_[a-z_]+)'/g)].map(([, name]) => name!)
  const names = [...node.map(([, name]) => name!), ...short, ...whole]
  return new Set(names.flatMap(name => [name, ...['bucket', 'sum', 'count'].map(part => `${name}_${part}`)]))
}

test.each(['grafana.json', 'alerts.yml'])(
  'every metric that docs/monitoring/%s asks for is exported',
  file => {
    const names = exported()
    const asked = [...text('docs', 'monitoring', file).matchAll(/\bomg_[a-z_]+/g)].map(([name]) => name)
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter(name => !names.has(name))).toEqual([])
  },
)

test('the dashboard is one: every panel has its own place and asks something', () => {
  const { panels } = JSON.parse(text('docs', 'monitoring', 'grafana.json'))
  const places = panels.map(
    ({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x} ${gridPos.y}`,
  )
  expect(new Set(places).size).toBe(panels.length)
  for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0)
})
