import { drawAlarms } from './alarm/catalogue.ts'
import { configurationSchema, SETTINGS, variableOf } from './configuration/configuration.ts'
import { conditionMachine } from './machine/condition.ts'
import { disputeMachine } from './machine/dispute.ts'
import { followerMachine } from './machine/follower.ts'
import { drawTable } from './machine/table.ts'

/** The tables of docs/watcher.md that follow from the code, by the name of their markers. */
const SECTIONS: Readonly<Record<string, () => string>> = {
  alarms: drawAlarms,
  'machine: condition': () => drawTable(conditionMachine),
  'machine: dispute': () => drawTable(disputeMachine),
  'machine: follower': () => drawTable(followerMachine),
  settings: drawSettings,
}

/** Writes every generated table between its markers. Throws where a marker is missing. */
export function fillDocumentation(text: string): string {
  let filled = text
  for (const [name, draw] of Object.entries(SECTIONS)) {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/watcher.md has no place for "${name}"`)
    filled = `${filled.slice(0, from + begin.length)}\n${draw()}\n${filled.slice(to)}`
  }
  return filled
}

function drawSettings(): string {
  const rows = SETTINGS.map(name => {
    const value: unknown = configurationSchema.shape[name].safeParse(undefined).data
    const shown = value === undefined || String(value) === '' ? '' : `\`${String(value)}\``
    const words = configurationSchema.shape[name].description ?? ''
    return `| \`--${flagOf(name)}\` | ${words} | \`${variableOf(name)}\` | ${shown} |`
  })
  return ['| flag | meaning | environment | default |', '|---|---|---|---|', ...rows].join('\n')
}

/** The flag of a setting, without its dashes. */
export function flagOf(setting: string): string {
  return setting.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}
