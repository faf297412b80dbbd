import { drawSettings, fillSections } from '@omg/follower'
import { drawAlarms } from './alarm/catalogue.ts'
import { WATCHER_SETTINGS } from './configuration/configuration.ts'
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
  settings: () => drawSettings(WATCHER_SETTINGS),
}

/** Writes every generated table between its markers. Throws where a marker is missing. */
export const fillDocumentation = (text: string): string => fillSections(text, 'docs/watcher.md', SECTIONS)
