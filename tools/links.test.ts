// Every relative link in the project's Markdown leads somewhere, headings included.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const IGNORED = ['node_modules', '.omg', '.git', '.cache', 'out', 'cache']

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (IGNORED.includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return markdown(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** The anchors that GitHub makes of a page's headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(match =>
    (match[1] as string)
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('every link leads somewhere', () => {
  const broken = markdown(root).flatMap(file => {
    const text = readFileSync(file, 'utf8')
    return [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)]
      .map(match => match[1] as string)
      .filter(link => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? file : join(dirname(file), path)
        if (!existsSync(target)) return true
        return (
          anchor !== undefined &&
          target.endsWith('.md') &&
          !anchors(readFileSync(target, 'utf8')).includes(anchor)
        )
      })
      .map(link => `${relative(root, file)}: ${link}`)
  })
  expect(broken).toEqual([])
})
